//! `talktrack init`: writes `talktrack.toml` and a competitors dictionary; asks on a terminal, or takes flags.

mod answers;
mod files;

use std::path::Path;

use serde::Serialize;

use super::{DONE, print, print_json, write_file};
use crate::cli::{GlobalOptions, Init};
use crate::config::FILE_NAME;
use crate::error::Error;

#[derive(Serialize)]
struct Summary {
    written: Vec<String>,
}

/// Writes both files, unless one of them is there.
pub(crate) fn run(global: &GlobalOptions, options: &Init) -> Result<u8, Error> {
    let settings = options.folder.join(FILE_NAME);
    let competitors = options.folder.join("dictionaries").join("competitors.toml");
    if !options.force {
        for path in [&settings, &competitors] {
            refuse_to_overwrite(path)?;
        }
    }
    let answers = answers::collect(global, options)?;
    let settings_text = files::settings(&answers)?;
    let competitors_text = files::competitors(&answers);
    files::check(&settings_text, &competitors_text)?;
    write_file(&settings, &settings_text)?;
    write_file(&competitors, &competitors_text)?;
    let written = [&settings, &competitors].map(|path| path.display().to_string());
    if global.json {
        print_json(&Summary {
            written: written.to_vec(),
        })?;
    } else {
        print(&told(&written, &options.folder))?;
    }
    DONE
}

fn refuse_to_overwrite(path: &Path) -> Result<(), Error> {
    if !path.exists() {
        return Ok(());
    }
    Err(Error::usage(
        format!("`{}` is there already", path.display()),
        "edit it, or replace it with --force",
    ))
}

fn told(written: &[String], folder: &Path) -> String {
    let change = if folder == Path::new(".") {
        String::new()
    } else {
        format!("cd {}\n  ", folder.display())
    };
    format!(
        "wrote {}\n\nNext:\n  {change}export GONG_ACCESS_KEY=... GONG_ACCESS_KEY_SECRET=...\n  talktrack check\n  talktrack run\n",
        written.join("\nwrote "),
    )
}
