//! Every picture of a run: SVG, PNG and PDF from one description, with the numbers it shows beside it as CSV.
//!
//! A picture is drawn once, by plotters, as SVG; the PNG and the PDF are made from that SVG, so the three cannot differ.
//! The font is compiled in. The same run gives the same bytes.

mod animation;
mod canvas;
mod clip;
mod cloud;
mod colorbar;
mod compact;
mod compare;
mod contours;
mod coverage;
mod histogram;
mod images;
mod indexed;
mod landscape;
mod lanes;
mod losses;
mod maps;
mod motion;
mod panel;
mod phase;
mod raster;
mod render;
mod samples;
mod scale;
mod shares;
mod spectra;
mod sweeps;
mod table;
mod theme;
mod warp;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use animation::animation;
pub use compare::compare_curves;
pub use coverage::coverage;
pub use images::image_grid;
pub use landscape::{center_critic, landscape};
pub use losses::{losses, path};
pub use maps::{arrival_map, distance_map, region_map};
pub use motion::motion;
pub use phase::{names, phase};
pub use render::{RenderError, pdf, png};
pub use samples::{samples, samples_labelled};
pub use spectra::{
    basin, block_map, block_spectra, decay, multiplier_plane, path_angle, spectra_compared, spectrum_film,
    spectrum_over_steps, spectrum_plane, sweep,
};
pub use sweeps::sweep_pictures;
pub use warp::warp;

use crate::data::Mode;
use crate::run::folder::{FolderError, RunData, write_whole};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// A finished picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Name of its files, without ending.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The picture itself.
    pub svg: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The numbers it shows.
    pub csv: Option<Vec<u8>>,
    /// What is to be seen, in words: a caption, and a text for those who cannot see it.
    pub alt: String,
}

/// Which files are written of each picture, and how large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Files {
    /// Whether the SVG is written.
    pub svg: bool,
    /// Pixels of the PNG for each pixel of the SVG; no PNG when None.
    pub png_scale: Option<f32>,
    /// Width of the PDF in millimetres; no PDF when None.
    pub pdf_width_mm: Option<f32>,
    /// Whether the numbers are written.
    pub csv: bool,
}

impl Default for Files {
    fn default() -> Self {
        Files { svg: true, png_scale: Some(2.0), pdf_width_mm: Some(170.0), csv: true }
    }
}

/// All pictures that the run has the data for.
pub fn draw_all(run: &RunData, modes: Option<&[Mode]>) -> Vec<Picture> {
    let last = [losses(run), path(run)];
    if let Some(info) = &run.images {
        return images::pictures(run, info).into_iter().chain(last.into_iter().flatten()).collect();
    }
    let first = [samples(run), landscape(run, modes), warp(run, modes), coverage(run, modes)];
    let of_game = phase(run).into_iter().chain(motion(run));
    first.into_iter().flatten().chain(of_game).chain(last.into_iter().flatten()).collect()
}

/// Writes the files of pictures into a folder, several pictures at once, and returns their paths, picture by picture.
pub fn write_all(pictures: &[Picture], folder: &Path, files: Files) -> Result<Vec<PathBuf>, FolderError> {
    let written: Vec<Vec<PathBuf>> =
        pictures.par_iter().map(|picture| write(picture, folder, files)).collect::<Result<_, _>>()?;
    Ok(written.concat())
}

/// Writes the files of one picture and returns their paths.
fn write(picture: &Picture, folder: &Path, files: Files) -> Result<Vec<PathBuf>, FolderError> {
    let path = |ending: &str| folder.join(format!("{}.{ending}", picture.name));
    let [png, pdf] = rendered(&picture.svg, files)
        .map_err(|e| FolderError::Write { path: path("svg"), source: std::io::Error::other(e) })?;
    let all = [
        ("svg", files.svg.then_some(picture.svg.as_bytes())),
        ("png", png.as_deref()),
        ("pdf", pdf.as_deref()),
        ("csv", picture.csv.as_deref().filter(|_| files.csv)),
    ];
    let mut written = Vec::new();
    for (ending, bytes) in all {
        if let Some(bytes) = bytes {
            write_whole(&path(ending), bytes)?;
            written.push(path(ending));
        }
    }
    Ok(written)
}

/// The PNG and the PDF of an SVG, as far as they are wanted, from reading it once.
fn rendered(svg: &str, files: Files) -> Result<[Option<Vec<u8>>; 2], RenderError> {
    if files.png_scale.is_none() && files.pdf_width_mm.is_none() {
        return Ok([None, None]);
    }
    let tree = render::tree(svg)?;
    let pdf = files.pdf_width_mm.map(|width| render::pdf_of(&tree, width)).transpose()?;
    let png = files.png_scale.map(|scale| render::png_of(tree, scale)).transpose()?;
    Ok([png, pdf])
}
