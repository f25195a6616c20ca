//! Chains: the pages of one range of time, read to the end whatever becomes of their cursors.
//!
//! A cursor that is refused costs one page and not the chain: Gong pages in order of time, so what is left of the range
//! is asked for anew. Where that leads no further the range is halved. Whether all of it came is not believed but counted:
//! the caller compares the ids that it saw with the total that the first page named.

use std::pin::pin;

use futures::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use talktrack_gong::client::Client;
use talktrack_gong::endpoint::Paged;
use talktrack_gong::page::Page;
use talktrack_gong::paging::pages;

use super::error::Error;
use super::total::Total;

/// How often in a row a question may be asked again without anything new.
const FRUITLESS: u32 = 3;
/// Gong's filters are used to whole seconds.
const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// A range of call starts: from (inclusive) to (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    /// First moment.
    pub(super) from: Timestamp,
    /// The moment after the last.
    pub(super) to: Timestamp,
}

impl Range {
    /// Both halves, cut at a whole second; `None` where there is none inside.
    fn halves(self) -> Option<(Range, Range)> {
        let middle = whole_second(self.from + self.to.duration_since(self.from) / 2)?;
        (self.from < middle && middle < self.to).then_some((
            Range { to: middle, ..self },
            Range {
                from: middle,
                ..self
            },
        ))
    }

    /// What is left when records up to `last` came in this order; `None` where that is no less than before.
    fn rest(self, order: Order, last: Timestamp) -> Option<Range> {
        let second = whole_second(last)?;
        match order {
            Order::Ascending if second > self.from => Some(Range {
                from: second,
                ..self
            }),
            Order::Descending if second + SECOND < self.to => Some(Range {
                to: second + SECOND,
                ..self
            }),
            _ => None,
        }
    }
}

fn whole_second(moment: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second(moment.as_second()).ok()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Ascending,
    Descending,
}

/// In which order the records of a chain have come so far.
#[derive(Debug, Default)]
struct Came {
    last: Option<Timestamp>,
    rises: bool,
    falls: bool,
}

impl Came {
    fn add(&mut self, moment: Timestamp) {
        if let Some(last) = self.last {
            self.rises |= moment > last;
            self.falls |= moment < last;
        }
        self.last = Some(moment);
    }

    /// Where the chain was when it broke, if its records came in any order at all.
    fn place(&self) -> Option<(Order, Timestamp)> {
        let order = match (self.rises, self.falls) {
            (true, false) => Order::Ascending,
            (false, true) => Order::Descending,
            _ => return None,
        };
        Some((order, self.last?))
    }
}

/// What the taker of a page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    /// Records that had not come before.
    pub(super) new: u64,
    /// Whether to read on.
    pub(super) goes_on: bool,
}

/// How a chain ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Every page came.
    Read {
        /// How many records there are, as the answers to the first question said.
        total: Total,
    },
    /// The taker had enough.
    Stopped,
}

/// Reads a range to its end and hands over page by page.
///
/// `ask` makes the question about a range, `moment` is the time by which its records are ordered.
///
/// # Errors
///
/// Gong fails, the taker fails, or cursors are refused again and again where nothing is left to split.
pub(super) async fn read<E: Paged>(
    client: &Client,
    range: Range,
    ask: impl Fn(Range) -> E,
    moment: impl Fn(&E::Record) -> Timestamp,
    mut take: impl FnMut(Page<E::Record>) -> Result<Taken, Error>,
) -> Result<End, Error> {
    let mut chain = Chain {
        todo: vec![range],
        total: None,
        fruitless: 0,
    };
    while let Some(range) = chain.todo.pop() {
        let mut came = Came::default();
        let mut new = 0;
        let mut total = None;
        let mut stream = pin!(pages(client, ask(range)));
        while let Some(page) = stream.next().await {
            let page = match page.map_err(Error::from) {
                Ok(page) => page,
                Err(error) if error.is_cursor() => {
                    chain.mend(range, &came, new, error)?;
                    break;
                }
                Err(error) => return Err(error),
            };
            let of_page = Total::of(&page);
            total = Some(total.map_or(of_page, |total: Total| total.then(of_page)));
            page.records().for_each(|record| came.add(moment(record)));
            let taken = take(page)?;
            if !taken.goes_on {
                return Ok(End::Stopped);
            }
            new += taken.new;
        }
        chain.count(total);
    }
    Ok(End::Read {
        total: chain.total.unwrap_or(Total::Untold),
    })
}

struct Chain {
    /// Ranges still to be asked for, the next one last.
    todo: Vec<Range>,
    /// What the first question was told, which was about the whole range; later ones are about what was left.
    total: Option<Total>,
    fruitless: u32,
}

impl Chain {
    /// Takes note of what the pages of a question said. A later one tells nothing about the whole, but its pages must agree.
    fn count(&mut self, of_question: Option<Total>) {
        self.total = match (self.total, of_question) {
            (Some(total), Some(Total::Unsteady(_))) => Some(Total::Unsteady(total.number())),
            (total, of_question) => total.or(of_question),
        };
    }

    /// After a refused cursor: what is left of the range is asked for anew, or its halves, or the same again.
    fn mend(&mut self, range: Range, came: &Came, new: u64, error: Error) -> Result<(), Error> {
        self.fruitless = if new > 0 { 0 } else { self.fruitless + 1 };
        let rest = came
            .place()
            .and_then(|(order, last)| range.rest(order, last));
        tracing::debug!(
            from = %range.from, to = %range.to, new, is_resumed = rest.is_some(), "a cursor was refused"
        );
        match (rest.filter(|_| new > 0), range.halves()) {
            _ if self.fruitless > FRUITLESS => return Err(error),
            (Some(rest), _) => self.todo.push(rest),
            (None, Some((first, second))) if self.fruitless > 1 => {
                self.todo.extend([second, first]);
            }
            _ => self.todo.push(range),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn range(from: i64, to: i64) -> Range {
        Range {
            from: at(from),
            to: at(to),
        }
    }

    #[test]
    fn what_is_left_of_a_range_follows_from_the_order_of_its_records() {
        let left = |moments: &[i64]| {
            let mut came = Came::default();
            for moment in moments {
                came.add(at(*moment));
            }
            came.place()
                .and_then(|(order, last)| range(0, 100).rest(order, last))
        };
        assert_eq!(left(&[1, 5, 5, 9]), Some(range(9, 100)));
        assert_eq!(left(&[90, 40]), Some(range(0, 41)));
        assert_eq!(left(&[3, 1, 2]), None, "in no order");
        assert_eq!(left(&[7, 7]), None, "all at once");
        assert_eq!(left(&[]), None);
        assert_eq!(left(&[99, 0]), Some(range(0, 1)));
    }

    #[test]
    fn halves_meet_at_a_whole_second() {
        assert_eq!(range(0, 9).halves(), Some((range(0, 4), range(4, 9))));
        assert_eq!(range(3, 4).halves(), None);
    }

    #[test]
    fn a_range_without_progress_is_asked_again_then_halved_then_given_up() {
        let mut chain = Chain {
            todo: Vec::new(),
            total: None,
            fruitless: 0,
        };
        let refused = || {
            Error::Gong(talktrack_gong::Error::RepeatedCursor {
                path: "/v2/calls".to_owned(),
                pages: 1,
            })
        };
        let nothing = Came::default();
        for expected in [vec![range(0, 2)], vec![range(1, 2), range(0, 1)]] {
            chain.todo.clear();
            chain
                .mend(range(0, 2), &nothing, 0, refused())
                .expect("another try");
            assert_eq!(chain.todo, expected);
        }
        chain
            .mend(range(0, 1), &nothing, 0, refused())
            .expect("the third try of what cannot be halved");
        assert!(chain.mend(range(0, 1), &nothing, 0, refused()).is_err());
    }
}
