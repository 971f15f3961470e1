//! What a sweep says: tables in Markdown and LaTeX, sentences, one page.

mod page;
mod tables;
mod words;

pub use page::sweep_page;
pub use tables::{Grid, pairs_table, settings_table};
pub use words::{sweep_markdown, sweep_story};
