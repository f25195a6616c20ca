//! How much of each call the extensive endpoint is asked for.

use serde::{Deserialize, Serialize};

/// What to send of each call. The default is everything but media links (signed, short-lived) and `pointsOfInterest`
/// (no longer filled), with CRM context as it is now and as it was at the time of the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContentSelector {
    /// How much CRM context.
    pub context: ContextLevel,
    /// As of when; only legal with [`ContextLevel::Extended`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub context_timing: Vec<ContextTiming>,
    /// Which blocks.
    pub exposed_fields: ExposedFields,
}

impl Default for ContentSelector {
    fn default() -> Self {
        Self {
            context: ContextLevel::Extended,
            context_timing: vec![ContextTiming::Now, ContextTiming::TimeOfCall],
            exposed_fields: ExposedFields::default(),
        }
    }
}

/// How much CRM context comes with a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContextLevel {
    /// No CRM context.
    None,
    /// Objects without their fields.
    Basic,
    /// Objects with their fields.
    Extended,
}

/// As of when CRM fields are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ContextTiming {
    /// As they are at the moment of the request.
    Now,
    /// As they were when the call took place.
    TimeOfCall,
}

/// Which blocks of a call are sent; all by default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExposedFields {
    /// Who took part.
    pub parties: bool,
    /// What Gong made of the content.
    pub content: ContentFields,
    /// Who spoke how much, and what was on the screen.
    pub interaction: InteractionFields,
    /// What colleagues wrote about the call.
    pub collaboration: CollaborationFields,
}

impl Default for ExposedFields {
    fn default() -> Self {
        Self {
            parties: true,
            content: ContentFields::default(),
            interaction: InteractionFields::default(),
            collaboration: CollaborationFields::default(),
        }
    }
}

/// Which parts of the content block are sent; all by default.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag per field of the API"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContentFields {
    /// Parts of the meeting and their length.
    pub structure: bool,
    /// Topics and their length.
    pub topics: bool,
    /// Trackers and their counts.
    pub trackers: bool,
    /// Where each tracker was heard; needs `trackers`.
    pub tracker_occurrences: bool,
    /// Gong's summary.
    pub brief: bool,
    /// Gong's outline.
    pub outline: bool,
    /// Gong's highlights, next steps among them.
    pub highlights: bool,
    /// The outcome of the call.
    pub call_outcome: bool,
    /// Gong's key points.
    pub key_points: bool,
}

impl Default for ContentFields {
    fn default() -> Self {
        Self {
            structure: true,
            topics: true,
            trackers: true,
            tracker_occurrences: true,
            brief: true,
            outline: true,
            highlights: true,
            call_outcome: true,
            key_points: true,
        }
    }
}

/// Which parts of the interaction block are sent; all by default.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag per field of the API"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct InteractionFields {
    /// Talk time per speaker.
    pub speakers: bool,
    /// What was on the screen, and for how long.
    pub video: bool,
    /// The host's statistics; they come back as `interactionStats`.
    pub person_interaction_stats: bool,
    /// Questions asked by each side.
    pub questions: bool,
}

impl Default for InteractionFields {
    fn default() -> Self {
        Self {
            speakers: true,
            video: true,
            person_interaction_stats: true,
            questions: true,
        }
    }
}

/// Which parts of the collaboration block are sent; all by default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CollaborationFields {
    /// Comments that everyone may read.
    pub public_comments: bool,
}

impl Default for CollaborationFields {
    fn default() -> Self {
        Self {
            public_comments: true,
        }
    }
}
