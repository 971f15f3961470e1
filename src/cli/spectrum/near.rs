//! What theory says near an equilibrium, beside a spectrum.

use super::more::keep;
use super::{Args, pictures, tell};
use crate::cli::exit::Failure;
use crate::cli::stop::Guard;
use ganscope::game::GanBatch;
use ganscope::inspect;
use ganscope::run::Subject;
use ganscope::spectrum::{Mode, Spectrum, Theory, Track, Tracking};
use std::path::Path;

/// Parses which eigenpair is followed.
pub fn mode(text: &str) -> Result<Mode, String> {
    match text {
        "slowest" => Ok(Mode::Slowest),
        "fastest" => Ok(Mode::Fastest),
        "growing" => Ok(Mode::Growing),
        _ => Err("expected slowest, fastest or growing".into()),
    }
}

/// Compares the Jacobian with the theory's.
pub fn theory(
    args: &Args,
    subject: &Subject,
    batch: Option<&GanBatch<f64>>,
    spectrum: &Spectrum,
    out: &Path,
    guard: &Guard,
) -> Result<(), Failure> {
    let found = inspect::theory_of(subject, batch, spectrum.radius, spectrum.flat.tolerance)?;
    let file = out.join(format!("step-{:08}-theory.json", subject.step));
    {
        let _writing = guard.writing();
        keep(&found, &file)?;
    }
    tell(args, &theory_words(&found, &file))
}

fn theory_words(found: &Theory, file: &Path) -> String {
    let m = &found.mismatch;
    let mut out = format!(
        "  theory        blocks off by {:.1e} (dd), {:.1e} (dg), {:.1e} (gd), {:.1e} (gg)\n",
        m.dd, m.dg, m.gd, m.gg
    );
    for condition in &found.conditions {
        let holds = match condition.holds {
            Some(true) => "holds",
            Some(false) => "fails",
            None => "open",
        };
        out += &format!("    {holds:<6} {}: {} ({:.3e})\n", condition.name, condition.asks, condition.number);
    }
    let applies = if found.applies { "applies" } else { "does not apply" };
    out + &format!("    the theorem {applies}; files {}\n", file.display())
}

/// Follows an eigenpair.
pub fn follow(
    args: &Args,
    subject: &Subject,
    batch: Option<&GanBatch<f64>>,
    mode: Mode,
    out: &Path,
    guard: &Guard,
) -> Result<(), Failure> {
    let found = inspect::follow(subject, batch, &Tracking { mode, ..Tracking::default() })?;
    let stem = format!("step-{:08}-follow", subject.step);
    let file = out.join(format!("{stem}.json"));
    {
        let _writing = guard.writing();
        keep(&found, &file)?;
        if !args.no_plots {
            pictures::write(&[pictures::of_track(&found, &stem)], out)?;
        }
    }
    tell(args, &follow_words(&found, &file))
}

fn follow_words(found: &Track, file: &Path) -> String {
    format!(
        "  followed      |mu| = {:.9} predicted, {:.9} measured over {} rounds (rate off by {:.2} %)\n    files {}\n",
        found.predicted,
        found.measured,
        found.amplitude.len().saturating_sub(1),
        100.0 * found.rate_error,
        file.display()
    )
}
