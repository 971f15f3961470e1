//! The eigenvalues of one spectrum in the plane, on linear and on symlog axes.

use super::super::Picture;
use super::super::canvas::{Drawn, Rect, Sheet, legend};
use super::super::scale::step_text;
use super::super::table::Csv;
use super::super::theme::WIDTH;
use super::caption::{Words, captioned, counted, plain};
use super::view::{Cloud, View};
use crate::spectrum::{Method, Spectrum};

const TOP: f64 = 74.0;
const LEFT: f64 = 72.0;
const GAP: f64 = 88.0;
const RIGHT: f64 = 22.0;

/// Eigenvalues in the complex plane.
pub fn spectrum_plane(spectrum: &Spectrum) -> Picture {
    let clouds = [Cloud::of(spectrum)];
    let side = (WIDTH - LEFT - GAP - RIGHT) / 2.0;
    let words = Words {
        name: "spectrum",
        title: "Eigenvalues of the Jacobian",
        right: format!("step {}", step_text(spectrum.step)),
        caption: caption(spectrum, &clouds[0]),
        csv: csv(spectrum),
    };
    captioned(words, TOP + side + 50.0, |sheet: &Sheet| -> Drawn {
        legend(sheet, &Cloud::keys(&clouds), (LEFT, 40.0), WIDTH - RIGHT)?;
        let views = [(View::linear(&clouds), "linear axes"), (View::symlog(&clouds), "symlog axes")];
        for (k, (view, title)) in views.into_iter().enumerate() {
            let frame = Rect { x: LEFT + k as f64 * (side + GAP), y: TOP, w: side, h: side };
            let panel = view.draw(sheet, frame, &clouds[0], (true, true))?;
            panel.title(sheet, title)?;
            if clouds[0].len() == 0 {
                panel.corner(sheet, "no eigenvalue is known", &[])?;
            }
        }
        Ok(())
    })
}

fn caption(spectrum: &Spectrum, cloud: &Cloud) -> String {
    let listed = match spectrum.method {
        Method::Dense if spectrum.n == 1 => "The only eigenvalue".into(),
        Method::Dense => format!("All {}", counted(spectrum.n, "eigenvalue")),
        Method::Krylov => {
            format!("The {} outermost of {}", spectrum.eigenvalues.len(), counted(spectrum.n, "eigenvalue"))
        }
    };
    let flat = match cloud.flat {
        0 => "none flat".into(),
        n if cloud.floor <= 0.0 => format!("{} flat", step_text(n as u64)),
        n => format!("{} flat (|λ| up to {})", step_text(n as u64), plain(cloud.floor, 2)),
    };
    let loose = match cloud.loose.len() {
        0 => String::new(),
        n => format!(", {} not converged", step_text(n as u64)),
    };
    format!("{listed}: {flat}{loose}. {}", verdict(spectrum))
}

/// The verdict with its reason, as a sentence.
pub fn verdict(spectrum: &Spectrum) -> String {
    let place = if spectrum.equilibrium { "" } else { ", which is no equilibrium" };
    let judgement = &spectrum.judgement;
    format!("The point{place}: {} ({}).", judgement.verdict.name(), judgement.reason)
}

fn csv(spectrum: &Spectrum) -> Option<Vec<u8>> {
    let mut csv = Csv::new(&["converged", "re", "im", "residual", "condition_number", "uncertainty"]);
    for (k, [re, im]) in spectrum.eigenvalues.iter().enumerate() {
        let converged = if spectrum.converged.get(k).copied().unwrap_or(true) { "yes" } else { "no" };
        let of = |values: &[f64]| values.get(k).copied().unwrap_or(f64::NAN);
        let condition = spectrum.condition_numbers.get(k).copied().flatten().unwrap_or(f64::NAN);
        let numbers = [*re, *im, of(&spectrum.residuals), condition, of(&spectrum.uncertainties)];
        csv.row(&[converged], &numbers);
    }
    csv.finish()
}
