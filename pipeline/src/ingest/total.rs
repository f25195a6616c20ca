//! What pages say about how many records there are, and whether that is how many came.

use talktrack_gong::page::Page;

use crate::lake::OpenReason;

/// How many records there are, as far as the pages of an answer agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Total {
    /// Every page names this number.
    Steady(u64),
    /// Pages name different numbers, or some of them none; the first one named.
    Unsteady(Option<u64>),
    /// No page names any, though each tells where the next one starts.
    Untold,
}

impl Total {
    /// The total of one page.
    pub(super) fn of<T>(page: &Page<T>) -> Total {
        match page.total_records {
            Some(total) => Total::Steady(total),
            None if page.records_missing => Total::Unsteady(None),
            None => Total::Untold,
        }
    }

    /// What a page after this one makes of the total.
    pub(super) fn then(self, next: Total) -> Total {
        if self == next {
            self
        } else {
            Total::Unsteady(self.number())
        }
    }

    /// The total of two answers together.
    pub(super) fn plus(self, other: Total) -> Total {
        match (self, other) {
            (Total::Steady(this), Total::Steady(other)) => Total::Steady(this + other),
            (Total::Untold, Total::Untold) => Total::Untold,
            _ => {
                let both = self.number().zip(other.number());
                Total::Unsteady(both.map(|(this, other)| this + other))
            }
        }
    }

    /// Whether so many distinct records are all there are. Where Gong does not say, the same records must have come twice.
    pub(super) fn is_met(self, came: u64, came_twice: bool) -> bool {
        match self {
            Total::Steady(total) => came == total,
            Total::Untold => came_twice,
            Total::Unsteady(_) => false,
        }
    }

    /// Why what came may not be all.
    pub(super) fn not_met(self, came: u64) -> OpenReason {
        OpenReason::TotalNotMet {
            listed: came,
            total: self.number(),
        }
    }

    /// The number, if one was named.
    pub(super) fn number(self) -> Option<u64> {
        match self {
            Total::Steady(total) => Some(total),
            Total::Unsteady(total) => total,
            Total::Untold => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Total::{self, Steady, Unsteady, Untold};

    #[test]
    fn a_total_holds_as_long_as_every_page_repeats_it() {
        let of = |pages: &[Total]| pages.iter().copied().reduce(Total::then);
        assert_eq!(of(&[Steady(3), Steady(3)]), Some(Steady(3)));
        assert_eq!(
            of(&[Steady(3), Steady(4), Steady(3)]),
            Some(Unsteady(Some(3)))
        );
        assert_eq!(of(&[Steady(3), Untold]), Some(Unsteady(Some(3))));
        assert_eq!(of(&[Untold, Untold]), Some(Untold));
        assert_eq!(of(&[Untold, Unsteady(None)]), Some(Unsteady(None)));
    }

    #[test]
    fn answers_add_up_where_all_of_them_tell() {
        assert_eq!(Steady(3).plus(Steady(4)), Steady(7));
        assert_eq!(Untold.plus(Untold), Untold);
        assert_eq!(Steady(3).plus(Untold), Unsteady(None));
        assert_eq!(Unsteady(Some(3)).plus(Steady(4)), Unsteady(Some(7)));
    }

    #[test]
    fn only_a_steady_total_is_believed_at_once() {
        assert!(Steady(3).is_met(3, false) && !Steady(3).is_met(2, true));
        assert!(Untold.is_met(2, true) && !Untold.is_met(2, false));
        assert!(!Unsteady(Some(3)).is_met(3, true));
    }
}
