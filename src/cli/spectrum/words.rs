//! A spectrum in words, for the terminal.

use ganscope::run::SpectrumFiles;
use ganscope::spectrum::{Interval, Method, Spectrum};

/// What a spectrum says, a line for each thing.
pub fn summary(s: &Spectrum, files: &SpectrumFiles) -> String {
    let spread = |i: Option<&Interval>| match i {
        Some(i) => format!(
            " (mean {:.4e}, 95 % from {:.4e} to {:.4e}, {} batches)",
            i.mean,
            i.low,
            i.high,
            i.values.len()
        ),
        None => String::new(),
    };
    let over = s.over_batches.as_ref();
    let what = match s.method {
        Method::Dense => "all eigenvalues",
        Method::Krylov => "the outermost eigenvalues",
    };
    let mut text = format!("step {}: {} parameters, {what}\n", s.step, s.n);
    text += &format!("  verdict       {}: {}\n", s.judgement.verdict.name(), s.judgement.reason);
    let place = if s.equilibrium { "an equilibrium" } else { "no equilibrium" };
    text += &format!("  field         ‖v‖ = {:.3e}: {place}\n", s.field_norm);
    text += &match s.largest_real.is_finite() {
        true => format!("  largest real  {:.6e}{}\n", s.largest_real, spread(over.map(|o| &o.largest_real))),
        false => "  largest real  none: every direction is flat\n".to_string(),
    };
    text += &format!(
        "  rotation      {:.4} of the eigenvalues{}",
        s.rotation_share,
        spread(over.map(|o| &o.rotation_share))
    );
    if let Some(share) = s.hamiltonian_share {
        text += &format!("; {share:.4} of ‖J‖^2 is antisymmetric");
    }
    text.push('\n');
    if let Some(flat) = s.flat.eigenvalues {
        let null =
            s.flat.null_space.map_or(String::new(), |null| format!(", null space of dimension {null}"));
        text += &format!("  flat          {flat} of {} eigenvalues{null}\n", s.n);
    }
    match (&s.rule.refused, &s.rule.judgement) {
        (Some(why), _) => text += &format!("  rule          {why}\n"),
        (None, Some(judgement)) => {
            let largest = s.rule.largest.map_or("none".into(), |mu| format!("{mu:.8}"));
            let spread = spread(over.and_then(|o| o.largest_multiplier.as_ref()));
            text += &format!("  multiplier    largest {largest}{spread}\n");
            text += &format!("  rule          {}: {}\n", judgement.verdict.name(), judgement.reason);
            let [d, g] = s.rule.held;
            if d + g > 0 {
                text += &format!(
                    "                {d} + {g} parameters held: their second moments have died away\n"
                );
            }
        }
        _ => {}
    }
    if let Some(limits) = s.rule.limits.as_ref().filter(|_| s.largest_real.is_finite()) {
        let factor = |f: Option<f64>| f.map_or("no factor up to 1e6".into(), |f| format!("{f:.6} times"));
        text += &format!(
            "  step sizes    stable below {} the run's, sign flips from {} on\n",
            factor(limits.stable),
            factor(limits.flips)
        );
    }
    text += &format!("  files         {}\n", files.json.display());
    text
}
