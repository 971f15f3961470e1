//! Maps: `basin --grid` and `region`.

mod grid;
pub mod region;

pub use grid::{GridArgs, grid};

use super::exit::Failure;
use super::working::Working;
use ganscope::plot::{Files, Picture, write_all};
use std::path::Path;

/// Tells now and then how many of `all` things are done.
fn counting<'a>(working: &'a Working, all: usize, what: &'a str) -> impl Fn(u64) + Sync + 'a {
    move |done| working.tell(&format!("{done} of {all} {what}"))
}

/// Refuses to replace what is there.
fn vacant(file: &Path, force: bool) -> Result<(), Failure> {
    match file.exists() && !force {
        true => {
            let text = format!(
                "{} is there already; measure again with --force, or choose another folder with --out",
                file.display()
            );
            Err(Failure::input(text))
        }
        false => Ok(()),
    }
}

/// Writes pictures into a folder, their names behind a stem.
fn draw(pictures: Vec<Picture>, stem: &str, out: &Path) -> Result<(), Failure> {
    let named = |picture: Picture| Picture { name: format!("{stem}-{}", picture.name), ..picture };
    let pictures: Vec<Picture> = pictures.into_iter().map(named).collect();
    write_all(&pictures, out, Files::default())?;
    Ok(())
}
