//! Properties over the whole registry, the smallest call that shows each rule, the data dictionary's freshness, and scores
//! on research data.

mod attendance;
mod dictionaries;
mod fluency;
mod interaction;
mod mentions;
mod notation;
mod pace;
mod properties;
mod questions;
mod registry;
mod research;
mod research_mentions;
mod steps;
mod tables_md;
mod talk;
mod terms;
