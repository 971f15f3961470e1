//! The engine against values computed elsewhere: every `tests/reference/*.json` (see the README beside them).

use ganscope::game::{Game, Gan, GanBatch, Joint, Player, Term, losses_of};
use ganscope::nn::Mlp;
use ganscope::nn::fused::Kernels;
use ganscope::scenario::{Activation, Objective, Regularizer};
use ganscope::spectrum::{dense_jacobian, eigenvalues, largest_real};
use nalgebra::Complex;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

type Outcome = Result<(), Box<dyn Error>>;

#[derive(Deserialize)]
struct Reference {
    activation: Activation,
    generator_sizes: Vec<usize>,
    discriminator_sizes: Vec<usize>,
    theta_d: Vec<f64>,
    theta_g: Vec<f64>,
    x_real: Vec<Vec<f64>>,
    z: Vec<Vec<f64>>,
    gp_mix: Vec<f64>,
    w: Vec<f64>,
    cases: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    loss_d: f64,
    loss_g: f64,
    grad_norm_value: f64,
    fields: BTreeMap<String, Field>,
}

#[derive(Deserialize)]
struct Field {
    field: Vec<f64>,
    jacobian_times_w: Vec<f64>,
    jacobian_transposed_times_w: Vec<f64>,
    eigenvalues_re: Vec<f64>,
    eigenvalues_im: Vec<f64>,
    max_real: f64,
}

/// The regulariser that a field's name says, as a scenario writes it: "r1 gamma=10" is `kind = "r1", gamma = 10`.
fn term(name: &str) -> Result<Option<Term>, Box<dyn Error>> {
    let mut words = name.split_whitespace();
    let kind = words.next().ok_or("a field without a name")?;
    if kind == "none" {
        return Ok(None);
    }
    let mut table = toml::Table::new();
    table.insert("kind".into(), kind.into());
    for word in words {
        let (key, value) = word.split_once('=').ok_or("a setting without a value")?;
        table.insert(key.into(), value.parse::<f64>()?.into());
    }
    let regularizer: Regularizer = table.try_into()?;
    Ok(Some(Term::new(&regularizer, 1)))
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Box<dyn Error>> {
    Ok(serde_json::from_str(text)?)
}

fn game(reference: &Reference, objective: &str, field: &str) -> Result<Gan<f64>, Box<dyn Error>> {
    let mlp = |sizes: &[usize]| Mlp {
        sizes: sizes.to_vec(),
        activation: reference.activation,
        input_scale: 1.0,
        output_scale: 1.0,
    };
    let objective: Objective = parse(&format!("\"{objective}\""))?;
    Ok(Gan::new(
        mlp(&reference.discriminator_sizes),
        mlp(&reference.generator_sizes),
        losses_of(&objective)?,
        term(field)?.into_iter().collect(),
    ))
}

/// Largest difference, relative to the largest reference number.
fn off(got: &[f64], want: &[f64]) -> f64 {
    assert_eq!(got.len(), want.len());
    let scale = want.iter().fold(1e-30f64, |m, w| m.max(w.abs()));
    got.iter().zip(want).map(|(g, w)| (g - w).abs()).fold(0.0, f64::max) / scale
}

/// Largest distance between the eigenvalues and the reference's, each matched with its nearest free one.
fn eigen_off(got: &[Complex<f64>], field: &Field) -> f64 {
    let want = field.eigenvalues_re.iter().zip(&field.eigenvalues_im);
    let mut free: Vec<Complex<f64>> = got.to_vec();
    let mut worst = 0.0f64;
    for (re, im) in want {
        let to = Complex::new(*re, *im);
        let nearest =
            (0..free.len()).min_by(|a, b| (free[*a] - to).norm().total_cmp(&(free[*b] - to).norm()));
        let Some(nearest) = nearest else { return f64::INFINITY };
        worst = worst.max((free.swap_remove(nearest) - to).norm());
    }
    worst / got.iter().map(|v| v.norm()).fold(1.0, f64::max)
}

fn check_field(
    reference: &Reference,
    at: &Joint<f64>,
    batch: &GanBatch<f64>,
    gan: &Gan<f64>,
    field: &Field,
    name: &str,
) -> Outcome {
    let near = |what: &str, off: f64, tolerance: f64| {
        assert!(off < tolerance, "{name}: {what} is off by {off:e}, allowed {tolerance:e}");
    };
    near("field", off(&gan.field(at, batch)?.flat(), &field.field), 1e-9);
    if !name.contains("consensus") {
        for player in Player::BOTH {
            let mut gradient = gan.gradient(player, at, batch)?;
            gradient.scale(-1.0);
            let want = Joint::from_flat(&field.field, at.d.len());
            near("gradient", off(&gradient[player], &want[player]), 1e-9);
        }
    }
    let w = Joint::from_flat(&reference.w, at.d.len());
    near("J w", off(&gan.jacobian_times(at, &w, batch)?.flat(), &field.jacobian_times_w), 1e-9);
    let transposed = gan.jacobian_transposed_times(at, &w, batch)?.flat();
    near("J' w", off(&transposed, &field.jacobian_transposed_times_w), 1e-9);
    let values = eigenvalues(&dense_jacobian(gan, at, batch)?)?;
    near("eigenvalues", eigen_off(&values, field), 1e-7);
    near("largest real part", (largest_real(&values) - field.max_real).abs(), 1e-7);
    Ok(())
}

fn check_file(path: &Path) -> Outcome {
    let reference: Reference = parse(&std::fs::read_to_string(path)?)?;
    let at = Joint { d: reference.theta_d.clone(), g: reference.theta_g.clone() };
    let batch = GanBatch {
        step: 0,
        x: reference.x_real.concat(),
        z: reference.z.concat(),
        mix: reference.gp_mix.clone(),
        chance: None,
    };
    for (objective, case) in &reference.cases {
        for (name, field) in &case.fields {
            let name_of_all = format!("{} {objective} {name}", path.display());
            for kernels in [Kernels::Native, Kernels::Portable] {
                let mut gan = game(&reference, objective, name)?;
                gan.kernels = kernels;
                let losses = gan.losses(&at, &batch)?;
                assert!(off(&losses, &[case.loss_d, case.loss_g]) < 1e-9, "{name_of_all}: losses {losses:?}");
                if kernels == Kernels::Native {
                    check_field(&reference, &at, &batch, &gan, field, &name_of_all)?;
                } else {
                    assert!(off(&gan.field(&at, &batch)?.flat(), &field.field) < 1e-9, "{name_of_all}");
                }
            }
        }
        let gan = game(&reference, objective, "none")?;
        let norm: f64 = gan.field(&at, &batch)?.d.iter().map(|v| v * v).sum();
        assert!((norm / case.grad_norm_value - 1.0).abs() < 1e-9, "{objective}: ‖grad_d loss_d‖^2 = {norm}");
    }
    Ok(())
}

#[test]
fn every_reference_value_is_met() -> Outcome {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|e| e == "json"));
    assert!(files.len() >= 2, "the reference files are missing");
    for file in files {
        check_file(&file)?;
    }
    Ok(())
}
