//! Properties over the whole registry, the data dictionary's freshness, and scores on research data.

mod notation;
mod registry;
mod research;
