//! Which metric is meant: an analyzer, one of its tables, or a column.

use talktrack_analyzers::table::TableInfo;
use talktrack_analyzers::{Analyzer, registry};

use crate::config::closest;
use crate::error::Error;

/// An analyzer, and what of it is asked for.
pub(super) struct Asked {
    pub(super) analyzer: &'static dyn Analyzer,
    /// Only this table.
    table: Option<&'static str>,
    /// Only this column, with those that tell rows apart.
    column: Option<&'static str>,
}

impl Asked {
    fn all_of(analyzer: &'static dyn Analyzer) -> Asked {
        Asked {
            analyzer,
            table: None,
            column: None,
        }
    }

    pub(super) fn wants(&self, info: &TableInfo) -> bool {
        self.table.is_none_or(|table| table == info.name)
    }

    pub(super) fn shows(&self, info: &TableInfo, column: &str) -> bool {
        let Some(wanted) = self.column else {
            return true;
        };
        column == wanted || column == "side" || info.key.contains(&column)
    }
}

/// The metrics that `name` means; all of them where there is none.
pub(super) fn metrics(name: Option<&str>) -> Result<Vec<Asked>, Error> {
    let Some(name) = name else {
        return Ok(registry().iter().copied().map(Asked::all_of).collect());
    };
    let of_analyzer = registry().iter().find(|analyzer| analyzer.name() == name);
    if let Some(analyzer) = of_analyzer {
        return Ok(vec![Asked::all_of(*analyzer)]);
    }
    let tables = || {
        let of_analyzer = |analyzer: &&'static dyn Analyzer| {
            let analyzer = *analyzer;
            let tables = analyzer.tables().into_iter();
            tables.map(move |info| (analyzer, info))
        };
        registry().iter().flat_map(of_analyzer)
    };
    let is_meant = |info: &TableInfo| info.name == name || short(info.name) == Some(name);
    if let Some((analyzer, info)) = tables().find(|(_, info)| is_meant(info)) {
        return Ok(vec![Asked {
            table: Some(info.name),
            ..Asked::all_of(analyzer)
        }]);
    }
    let with_column = tables().filter_map(|(analyzer, info)| {
        let is_metric = short(info.name).is_some();
        let column = info
            .columns
            .iter()
            .find(|column| is_metric && column.name == name)?;
        Some(Asked {
            analyzer,
            table: Some(info.name),
            column: Some(column.name),
        })
    });
    let found: Vec<Asked> = with_column.collect();
    if found.is_empty() {
        return Err(unknown(name));
    }
    Ok(found)
}

/// The name of a metric table without its folder.
fn short(table: &str) -> Option<&str> {
    table.strip_prefix("metrics/")
}

fn unknown(name: &str) -> Error {
    let known: Vec<String> = registry()
        .iter()
        .flat_map(|analyzer| {
            let tables = analyzer
                .tables()
                .into_iter()
                .filter(|info| short(info.name).is_some());
            let columns = tables.flat_map(|info| {
                info.columns
                    .into_iter()
                    .map(|column| column.name.to_owned())
            });
            columns
                .chain([analyzer.name().to_owned()])
                .collect::<Vec<_>>()
        })
        .collect();
    let all = registry().iter().map(|analyzer| analyzer.name());
    let all: Vec<&str> = all.collect();
    let hint = match closest(name, known.into_iter()) {
        Some(nearest) => format!("did you mean `{nearest}`?"),
        None => format!(
            "give one of {}, or a column of their tables (`talktrack schema`)",
            all.join(", ")
        ),
    };
    Error::usage(format!("there is no metric `{name}`"), hint)
}

#[cfg(test)]
mod tests {
    use super::metrics;

    #[test]
    fn a_metric_is_meant_by_analyzer_table_or_column() {
        let of = |name: &str| {
            let asked = metrics(Some(name)).map_err(|error| error.hint().unwrap_or_default());
            asked.map(|asked| {
                let meant = asked
                    .iter()
                    .map(|asked| (asked.analyzer.name(), asked.table, asked.column));
                meant.collect::<Vec<_>>()
            })
        };
        assert_eq!(of("questions"), Ok(vec![("questions", None, None)]));
        assert_eq!(
            of("talk_call"),
            Ok(vec![("talk", Some("metrics/talk_call"), None)])
        );
        assert_eq!(
            of("metrics/talk"),
            Ok(vec![("talk", Some("metrics/talk"), None)])
        );
        assert_eq!(
            of("talk_share"),
            Ok(vec![("talk", Some("metrics/talk"), Some("talk_share"))])
        );
        assert_eq!(
            of("talk_shear"),
            Err("did you mean `talk_share`?".to_owned())
        );
        assert!(of("weather").is_err_and(|hint| hint.contains("mentions")));
        assert!(metrics(None).is_ok_and(|all| all.len() > 2));
    }
}
