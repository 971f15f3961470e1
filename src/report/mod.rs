//! What a run says, in words and in one page.
//!
//! Everything here is a function of what a run recorded: sentences ([`story`]), a self-contained HTML page of a run
//! ([`run_page`]) or of several ([`compare_page`]), a table of several runs ([`compare_table`]), and the papers behind a scenario ([`bibliography`]). No page loads anything from
//! anywhere: pictures, frames, style and script are part of it.

mod cite;
mod compare;
mod compare_page;
mod differences;
mod frames;
mod headline;
mod html;
mod image_frames;
mod lab;
mod labels;
mod measures;
mod number;
mod page;
mod papers;
mod series;
mod sweep;
mod words;

#[cfg(test)]
mod sample;

pub use cite::{Citation, bibliography, bibtex};
pub use compare::{Comparison, compare_table};
pub use compare_page::compare_page;
pub use differences::{Difference, differences};
pub use labels::labels;
pub use page::run_page;
pub use sweep::{Grid, pairs_table, settings_table, sweep_markdown, sweep_page, sweep_story};
pub use words::{story, summary};

/// A picture that a page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Short name, the same as the file's without its ending; becomes the picture's anchor in the page.
    pub name: String,
    /// Caption.
    pub title: String,
    /// The picture as an SVG document.
    pub svg: String,
    /// What the picture shows, in words, for those who cannot see it.
    pub alt: String,
}
