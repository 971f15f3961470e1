//! Made-up spectra that look like real ones, from two parameters to two thousand.

use super::super::fixture::Dice;
use crate::spectrum::{
    BasinPoint, Blocks, Crossed, Crossing, Flat, Interval, Judgement, Method, OverBatches, Path,
    RuleSpectrum, Spectrum, StepLimits, Sweep, SweepPoint, VERSION, Verdict,
};
use nalgebra::DMatrix;

/// A spectrum of some eigenvalues, under simultaneous steps of size h.
pub fn of(eigenvalues: Vec<[f64; 2]>, h: f64) -> Spectrum {
    let n = eigenvalues.len();
    let radius = eigenvalues.iter().map(|e| e[0].hypot(e[1])).fold(0.0, f64::max);
    let moving: Vec<[f64; 2]> =
        eigenvalues.iter().copied().filter(|e| e[0].hypot(e[1]) > 1e-7 * radius).collect();
    let largest_real = moving.iter().map(|e| e[0]).fold(f64::NEG_INFINITY, f64::max);
    let square = |e: &[f64; 2]| e[0] * e[0] + e[1] * e[1];
    let all: f64 = moving.iter().map(square).sum();
    let multipliers: Vec<[f64; 2]> = eigenvalues.iter().map(|e| [1.0 + h * e[0], h * e[1]]).collect();
    let largest = moving.iter().map(|e| (1.0 + h * e[0]).hypot(h * e[1])).reduce(f64::max);
    let judged = |growth: f64, margin: f64| {
        let (verdict, reason) = match growth {
            g if !g.is_finite() => {
                (Verdict::Undetermined, "every direction is flat: linearisation says nothing here".into())
            }
            g if g > margin => (Verdict::Unstable, format!("a direction grows at the rate {g:.3e}")),
            g if g > -margin => {
                (Verdict::Marginal, format!("the slowest direction neither grows nor contracts: {g:.1e}"))
            }
            g => (Verdict::Stable, format!("the slowest direction contracts at the rate {:.3e}", -g)),
        };
        Judgement { verdict, reason }
    };
    Spectrum {
        version: VERSION,
        n,
        sizes: [n / 2, n - n / 2],
        step: 5000,
        method: Method::Dense,
        field_norm: 1e-9,
        equilibrium: true,
        residuals: vec![1e-14 * radius; n],
        condition_numbers: vec![Some(2.0); n],
        uncertainties: vec![1e-13 * radius; n],
        converged: vec![true; n],
        radius,
        largest_real,
        numerical_abscissa: None,
        rotation_share: if all > 0.0 { moving.iter().map(|e| e[1] * e[1]).sum::<f64>() / all } else { 0.0 },
        hamiltonian_share: Some(0.4),
        judgement: judged(largest_real, 1e-12),
        flat: Flat {
            tolerance: 1e-7,
            eigenvalues: Some(n - moving.len()),
            null_space: Some(n - moving.len()),
        },
        blocks: None,
        rule: RuleSpectrum {
            residuals: vec![1e-15; n],
            complete: true,
            largest,
            judgement: largest.map(|l| judged(l - 1.0, 1e-12)),
            limits: Some(StepLimits { stable: Some(0.8312), flips: Some(12.34) }),
            refused: None,
            held: [0, 0],
            multipliers,
        },
        over_batches: None,
        batch: None,
        eigenvalues,
    }
}

/// Pairs on a ring, stiff real ones, and many flat ones: a GAN with n parameters.
pub fn gan(n: usize, shift: f64, seed: u64) -> Spectrum {
    let mut dice = Dice::new(seed);
    let mut all = vec![[shift, 0.9], [shift, -0.9]];
    while all.len() + 1 < n * 7 / 20 {
        let (angle, size) = (0.9 + 0.8 * dice.uniform(), 10f64.powf(-2.0 * dice.uniform()));
        let re = -size * angle.cos().abs() - 1e-4;
        all.extend([[re, size * angle.sin()], [re, -size * angle.sin()]]);
    }
    while all.len() < n * 3 / 4 {
        all.push([-(10f64.powf(2.0 - 7.0 * dice.uniform())), 0.0]);
    }
    while all.len() < n {
        all.push([1e-9 * dice.normal(), 0.0]);
    }
    of(all, 0.01)
}

/// 40 outermost of many, some of which did not converge.
pub fn outermost() -> Spectrum {
    let mut dice = Dice::new(11);
    let mut all = Vec::new();
    for _ in 0..16 {
        let (re, im) = (-2.0 * dice.uniform(), 1.0 + dice.uniform());
        all.extend([[re, im], [re, -im]]);
    }
    all.extend([[0.02, 0.0], [0.011, 0.3], [0.011, -0.3], [1e-3, 0.0], [-1e-4, 0.0], [-3.0, 0.0]]);
    all.extend([[-1e-3, 0.01], [-1e-3, -0.01]]);
    let mut out = of(all, 0.05);
    out.n = 50_179;
    out.method = Method::Krylov;
    out.flat = Flat { tolerance: 1e-7, eigenvalues: None, null_space: None };
    for k in [32, 35, 36] {
        out.converged[k] = false;
        out.uncertainties[k] = 0.01;
    }
    out.equilibrium = false;
    out.judgement = Judgement {
        verdict: Verdict::Undetermined,
        reason:
            "the eigenvalue near 2.000e-2+0.000e0i did not converge (residual 1.2e-3); no rate exceeds 3.1e-1"
                .into(),
    };
    out.rule.complete = false;
    out.rule.limits = None;
    out
}

/// Every kind of spectrum with a name.
pub fn spectra() -> Vec<(&'static str, Spectrum)> {
    let mut refused = of(vec![[-1.0, 0.0], [-2.0, 0.0]], 0.1);
    refused.rule = RuleSpectrum::refused("the second moment is at the level of epsilon".into());
    let mut weird = gan(60, 0.3, 5);
    weird.eigenvalues[3] = [f64::NAN, f64::INFINITY];
    weird.rule.multipliers[3] = [f64::NAN, f64::INFINITY];
    weird.eigenvalues[5] = [1e30, 0.0];
    weird.rule.multipliers[5] = [1e28, 0.0];
    weird.uncertainties = vec![f64::INFINITY; 60];
    weird.largest_real = f64::NEG_INFINITY;
    weird.condition_numbers.clear();
    let reals: Vec<[f64; 2]> = (0..300).map(|k| [-(10f64.powf(f64::from(k) / 40.0 - 5.0)), 0.0]).collect();
    let mut wide = of(vec![[-0.2, 1.0], [-0.2, -1.0], [0.05, 0.5], [0.05, -0.5], [-1.5, 0.0]], 0.9);
    wide.rule.limits = Some(StepLimits { stable: Some(0.0), flips: Some(1.1) });
    let mut far = of(vec![[-30.0, 0.0], [-1.0, 2.0], [-1.0, -2.0]], 0.5);
    far.rule.limits = Some(StepLimits { stable: None, flips: None });
    vec![
        ("pair", of(vec![[-0.5, 1.0], [-0.5, -1.0]], 0.1)),
        ("zeros", of(vec![[0.0, 0.0], [0.0, 0.0]], 0.1)),
        ("one", of(vec![[-0.7, 0.0]], 0.1)),
        ("centre", of(vec![[3e-17, 1.3], [3e-17, -1.3], [-1e-17, 0.4], [-1e-17, -0.4], [0.0, 0.0]], 0.01)),
        ("small", gan(60, -1e-4, 1)),
        ("gan", gan(683, -3e-4, 2)),
        ("large", gan(2003, 0.012, 3)),
        ("outermost", outermost()),
        ("reals", of(reals, 1e-4)),
        ("wide", wide),
        ("far", far),
        ("refused", refused),
        ("none", of(Vec::new(), 0.1)),
        ("weird", weird),
    ]
}

/// A training of `count` spectra: contracts, oscillates around the margin, becomes unstable.
pub fn training(count: u64) -> Vec<Spectrum> {
    let mut dice = Dice::new(21);
    (0..count)
        .map(|k| {
            let t = k as f64 / count.max(2) as f64;
            let shift = if t < 0.55 { -0.3 * (0.6 - t) } else { 0.25 * (t - 0.55) + 0.01 };
            let mut s = gan(120, shift, 4);
            s.step = 200 * k;
            s.hamiltonian_share = Some(0.2 + 0.5 * t + 0.02 * dice.normal());
            s.equilibrium = k > 2;
            let away = |v| match v {
                Verdict::Stable => Verdict::LocalContraction,
                Verdict::Unstable => Verdict::LocalGrowth,
                other => other,
            };
            if t < 0.3 {
                s.judgement.verdict = away(s.judgement.verdict);
            }
            if (0.3..0.36).contains(&t) {
                s.judgement.verdict = Verdict::Undetermined;
            }
            let around = |x: f64, off: f64| Interval {
                mean: x,
                low: x - off,
                high: x + 1.3 * off,
                values: vec![x; 4],
            };
            s.over_batches = Some(OverBatches {
                largest_real: around(s.largest_real, 0.02),
                rotation_share: around(s.rotation_share, 0.02),
                largest_multiplier: s.rule.largest.map(|l| around(l, 2e-4)),
            });
            s
        })
        .collect()
}

/// A Jacobian with blocks of different sizes of entries.
pub fn jacobian(n: usize, d: usize) -> DMatrix<f64> {
    let mut dice = Dice::new(31);
    DMatrix::from_fn(n, n, |i, j| {
        let layer = 10f64.powf(-((3 * i / n.max(1)) as f64) - 0.5 * (3 * j / n.max(1)) as f64);
        match (i < d, j < d) {
            (true, true) => -layer * dice.normal().abs(),
            (false, false) if i == j => 1e-4,
            (false, false) => 0.0,
            _ => 3.0 * layer * dice.normal(),
        }
    })
}

/// Curvatures and singular values of `d` and `g` parameters.
pub fn blocks(d: usize, g: usize) -> Blocks {
    let decades = |count: usize, top: f64| -> Vec<f64> {
        (0..count).map(|k| 10f64.powf(top - 7.0 * k as f64 / count.max(2) as f64)).collect()
    };
    let h_dd = decades(d, 1.0).into_iter().rev().collect();
    let h_gg = (0..g).map(|k| 0.02 * (2.0 * k as f64 / g.max(2) as f64 - 1.2)).collect();
    let j = decades(d.min(g), 0.5);
    Blocks {
        h_dd,
        h_gg,
        j_dg: j.clone(),
        j_gd: j,
        potential: 3.0,
        hamiltonian: 5.0,
        numerical_abscissa: 0.1,
        null_space: 0,
    }
}

/// The line into an equilibrium that attracts and turns, beside which the second point lies.
pub fn path() -> Path {
    let alphas = crate::spectrum::alphas(-0.1, 1.3, 60);
    let mut out = Path { alphas: alphas.clone(), distance: 4.2, ..Path::default() };
    for a in alphas {
        let (x, y) = (1.0 - a, 0.04);
        let v = (0.5 * x + 2.0 * y, 2.0 * x - 0.5 * y);
        let size = v.0.hypot(v.1);
        for (along, norm, angle) in [
            (&mut out.both, size, v.0 / size),
            (&mut out.discriminator, v.0.abs(), v.0.signum()),
            (&mut out.generator, v.1.abs(), 0.3 * v.1.signum()),
        ] {
            along.norms.push(Some(norm));
            along.angles.push(Some(angle));
        }
    }
    out.generator.angles[40] = None;
    out
}

/// Eigenvalues of a damped pair and a real one over a parameter, with its crossings.
pub fn sweep(log: bool, count: usize) -> Sweep {
    let value = |k: usize| {
        let t = k as f64 / (count - 1).max(1) as f64;
        if log { 10f64.powf(4.0 * t - 4.0) } else { 2.0 * t - 0.5 }
    };
    let at = |p: f64| -> Result<SweepPoint, std::convert::Infallible> {
        let re = if log { 0.2 - p.sqrt() } else { 0.3 - 0.6 * p };
        let inner = 1.0 - 0.5 * p * p;
        let pair = match inner {
            i if i > 0.0 => vec![[re, i.sqrt()], [re, -i.sqrt()]],
            i => vec![[re + (-i).sqrt(), 0.0], [re - (-i).sqrt(), 0.0]],
        };
        let all = [pair, vec![[-1.0 - p, 0.0], [-0.4 * p - 0.2, 0.3], [-0.4 * p - 0.2, -0.3]]].concat();
        let largest_real = all.iter().map(|e| e[0]).reduce(f64::max);
        let largest_multiplier = all.iter().map(|e| (1.0 + 0.1 * e[0]).hypot(0.1 * e[1])).reduce(f64::max);
        Ok(SweepPoint { value: p, eigenvalues: all, largest_real, largest_multiplier })
    };
    let Ok(found) = crate::spectrum::sweep("eta", &(0..count).map(value).collect::<Vec<_>>(), at);
    found
}

/// Nothing but a crossing.
pub fn empty_sweep() -> Sweep {
    let what = Crossed::LargestReal;
    let crossings = vec![Crossing { value: 1.0, low: 1.0, high: 1.0, what, grows_beyond: true }];
    Sweep { parameter: "h".into(), points: Vec::new(), crossings }
}

/// Returns over radii with and without a regulariser.
pub fn basins() -> Vec<(String, Vec<BasinPoint>)> {
    let one = |edge: f64| -> Vec<BasinPoint> {
        (0..9)
            .map(|k| {
                let radius = 0.01 * 10f64.powf(f64::from(k) * 0.3);
                let share = 1.0 / (1.0 + (radius / edge).powi(3));
                BasinPoint::of(radius, (64.0 * share).round() as u64, 64)
            })
            .collect()
    };
    vec![("eta = 0".into(), one(0.05)), ("eta = 0.5".into(), one(0.8))]
}
