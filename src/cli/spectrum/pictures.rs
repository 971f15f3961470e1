//! The pictures of spectra, and where they are put: beside the spectra.

use crate::cli::exit::Failure;
use ganscope::game::GanBatch;
use ganscope::inspect::Basin;
use ganscope::plot::{self, Files, Picture};
use ganscope::run::Subject;
use ganscope::run::folder::write_whole;
use ganscope::spectrum::{Method, Path as FieldPath, Spectrum, Sweep, Track};
use std::path::Path;

/// Draws one spectrum of a subject on a batch.
pub fn of_spectrum(
    spectrum: &Spectrum,
    subject: &Subject,
    batch: Option<&GanBatch<f64>>,
) -> Result<Vec<Picture>, Failure> {
    let stem = format!("step-{:08}", spectrum.step);
    let mut pictures = vec![named(plot::spectrum_plane(spectrum), &stem, "plane")];
    pictures.extend(plot::multiplier_plane(spectrum).map(|p| named(p, &stem, "multipliers")));
    if let Some(blocks) = &spectrum.blocks {
        pictures.push(named(plot::block_spectra(blocks), &stem, "blocks"));
    }
    if spectrum.method == Method::Dense && spectrum.n > 2 {
        let map = plot::block_map(&subject.jacobian(batch)?, spectrum.sizes[0], &subject.layer_starts());
        pictures.push(named(map, &stem, "jacobian"));
    }
    Ok(pictures)
}

/// Draws spectra over steps: curves and a film.
pub fn over_steps(spectra: &[Spectrum], out: &Path) -> Result<(), Failure> {
    if spectra.len() < 2 {
        return Ok(());
    }
    let pictures: Vec<Picture> = plot::spectrum_over_steps(spectra).into_iter().collect();
    write(&pictures, out)?;
    if let Some(gif) = plot::spectrum_film(spectra) {
        write_whole(&out.join("spectrum.gif"), &gif)?;
    }
    Ok(())
}

/// Sets a spectrum beside one that was taken before and lies at a path.
pub fn beside(path: &Path, before: &Spectrum, spectrum: &Spectrum) -> Option<Picture> {
    let label = path.display().to_string();
    let picture = plot::spectra_compared(&[(&label, before), ("this one", spectrum)])?;
    Some(named(picture, &format!("step-{:08}", spectrum.step), "beside"))
}

/// A sweep of one value.
pub fn of_sweep(sweep: &Sweep, stem: &str) -> Picture {
    Picture { name: stem.to_string(), ..plot::sweep(sweep) }
}

/// The field along a line.
pub fn of_path(path: &FieldPath, stem: &str) -> Picture {
    Picture { name: stem.to_string(), ..plot::path_angle(path) }
}

/// An eigenpair along training.
pub fn of_track(track: &Track, stem: &str) -> Picture {
    let [re, im] = track.multiplier;
    let title = format!("Along the eigenvector of μ = {re:.6}{im:+.6}i");
    Picture { name: stem.to_string(), ..plot::decay(&title, &track.amplitude, &track.prediction()) }
}

/// A region of attraction.
pub fn of_basin(basin: &Basin) -> Picture {
    let variants: Vec<_> = basin.variants.iter().map(|v| (v.name.clone(), v.points.clone())).collect();
    Picture { name: format!("step-{:08}", basin.step), ..plot::basin(&variants) }
}

/// Writes pictures into a folder.
pub fn write(pictures: &[Picture], out: &Path) -> Result<(), Failure> {
    plot::write_all(pictures, out, Files::default())?;
    Ok(())
}

fn named(picture: Picture, stem: &str, what: &str) -> Picture {
    Picture { name: format!("{stem}-{what}"), ..picture }
}
