//! Made-up runs on images: digits that rise out of noise, one class after the other.

use crate::data::{Images, Part, Points};
use crate::plot::fixture::{Dice, SCENARIO, run, trained};
use crate::random::{Address, Stream};
use crate::run::folder::RunData;
use crate::run::image_look::{Duplicates, ImageInfo, ImageLook, Interpolations, Neighbours};
use crate::run::record::{Frame, Table};
use crate::scenario::Data;
use crate::scenario::Extent;

const STEPS: u64 = 4000;
const RECORDS: u64 = 40;

fn images(data: &Data) -> Images {
    Images::new(data).expect("the program's own images").expect("images")
}

fn source() -> Data {
    Data::Digits { held_out: 0.2 }
}

/// Handwritten digits.
pub fn digits() -> RunData {
    made(&images(&source()), "digits", "kind = \"digits\"")
}

/// Stacks of digits, 1,000 classes.
pub fn stacked() -> RunData {
    let stack = images(&Data::Stacked { source: Box::new(source()) });
    made(&stack, "stacked", "kind = \"stacked\"\nsource = { kind = \"digits\" }")
}

/// Stacks as runs record them: the shares of digits in each channel, and a count of all modes at the end.
pub fn channels() -> RunData {
    let mut run = stacked();
    let first = run.table.names.iter().position(|name| name == "class_share_0").expect("shares");
    run.table.names.truncate(first);
    run.table.names.extend((1..=3).flat_map(|c| (0..10).map(move |k| format!("channel_{c}_share_{k}"))));
    let mut dice = Dice::new(4);
    for row in &mut run.table.rows {
        let late = row[0] > STEPS as f64 / 2.0;
        let shares: Vec<f64> = row[first..].to_vec();
        row.truncate(first);
        for place in [100, 10, 1] {
            let of = |k: usize| (0..1000).filter(|m| m / place % 10 == k).map(|m| shares[m]).sum::<f64>();
            row.extend((0..10).map(|k| if late && place == 10 && k == 7 { 0.0 } else { of(k) }));
        }
    }
    // No 7 in the green channel; few 0 in the red one; many of 555.
    let mut counts: Vec<u64> = (0..1000)
        .map(|mode| match mode {
            m if m / 10 % 10 == 7 => 0,
            m if m < 100 => m as u64 % 4,
            _ => 20 + (10.0 * dice.uniform()) as u64,
        })
        .collect();
    counts[555] = 2000;
    run.look.as_mut().expect("a look").modes = Some(counts);
    run
}

/// A perceptron on digits, trained for some steps and looked at through a classifier or not.
pub fn learned(steps: u64, classifier: bool) -> RunData {
    let every = (steps / 20).max(1);
    trained(&format!(
        "name = \"digits-mlp\"\n[data]\nkind = \"digits\"\n[game]\nkind = \"gan\"\nobjective = \"non_saturating\"\n\
         generator = {{ latent = 16, hidden = [128, 128] }}\ndiscriminator = {{ hidden = [128] }}\n\
         [dynamics]\nrule = \"simultaneous\"\noptimizer = {{ kind = \"adam\", lr = 0.0005 }}\n\
         [train]\nsteps = {steps}\nbatch = 64\n[record]\nevery = {every}\nsamples = 256\nkeep = 200\n\
         classifier = {classifier}\n"
    ))
}

/// Images with numbers that are none or enormous, an empty frame, one of another dimension, and nothing measured.
pub fn odd_images() -> RunData {
    let mut all = digits();
    let odd = [f64::NAN, f64::INFINITY, -1e300, 7.0, 0.0];
    for frame in &mut all.frames {
        frame.samples.values.iter_mut().enumerate().for_each(|(k, v)| *v = odd[k % 5]);
    }
    all.frames[1].samples = Points::new(64, Vec::new());
    all.frames[2].samples = Points::new(3, vec![0.0; 6]);
    all.table.rows.iter_mut().for_each(|row| row[1..].fill(f64::NAN));
    let look = all.look.as_mut().expect("a look");
    if let (Some(near), Some(pairs)) = (&mut look.neighbours, &mut look.duplicates) {
        near.distances.fill(f64::NAN);
        pairs.support = [f64::INFINITY, 100.0, f64::INFINITY];
        pairs.first.values.fill(f64::NAN);
    }
    all
}

fn made(images: &Images, name: &str, data: &str) -> RunData {
    let info = ImageInfo::of(images);
    let real = sample(images, 0, 300);
    let frames = (0..=20).map(|k| Frame {
        step: k * STEPS / 20,
        samples: blended(&sample(images, 1, 200), k as f64 / 20.0, &mut Dice::new(5)),
        landscape: None,
        warp: None,
    });
    let scenario = SCENARIO.replace("kind = \"ring\"", data);
    let frames: Vec<Frame> = frames.collect();
    let look = look(images, &frames[20].samples, info.shape);
    RunData {
        images: Some(info.clone()),
        look: Some(look),
        ..run(name, &scenario, table(&info), frames, real)
    }
}

fn sample(images: &Images, draw: u64, n: usize) -> Points {
    let address = Address::new(1, Stream::Picture, draw);
    images.sample(Part::Training, address, n).expect("training images")
}

/// Noise that turns into images as `t` goes from 0 to 1.
fn blended(of: &Points, t: f64, dice: &mut Dice) -> Points {
    let blend = |v: &f64| (0.9 * t) * v + (1.0 - 0.9 * t) * (2.0 * dice.uniform() - 1.0);
    Points::new(of.dim, of.values.iter().map(blend).collect())
}

fn apart(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}

fn look(images: &Images, generated: &Points, shape: Extent) -> ImageLook {
    let dim = shape.numbers();
    let training = sample(images, 3, 300);
    let first = |n: usize| Points::new(dim, generated.values[..n * dim].to_vec());
    let mut near = Vec::new();
    let mut distances = Vec::new();
    for image in generated.rows().take(12) {
        let mut all: Vec<(f64, &[f64])> = training.rows().map(|row| (apart(image, row), row)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        all.iter().take(5).for_each(|(_, row)| near.extend_from_slice(row));
        distances.extend(all.iter().take(5).map(|near| near.0));
    }
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for a in 0..generated.len() {
        pairs.extend((0..a).map(|b| (apart(generated.row(a), generated.row(b)), b, a)));
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    pairs.truncate(18);
    let chosen = |which: fn(&(f64, usize, usize)) -> usize| {
        Points::new(dim, pairs.iter().flat_map(|p| generated.row(which(p)).to_vec()).collect())
    };
    let lines = (0..6).flat_map(|line| (0..10).map(move |k| (line, f64::from(k) / 9.0)));
    let between = lines.flat_map(|(line, t)| {
        let (a, b) = (generated.row(2 * line), generated.row(2 * line + 1));
        a.iter().zip(b).map(|(a, b)| a + t * (b - a)).collect::<Vec<f64>>()
    });
    ImageLook {
        step: STEPS,
        modes: None,
        interpolations: Some(Interpolations {
            images: Points::new(dim, between.collect()),
            length: 10,
            spherical: true,
        }),
        neighbours: Some(Neighbours {
            generated: first(12),
            near: Points::new(dim, near),
            distances,
            held_out: 2.31,
        }),
        duplicates: Some(Duplicates {
            first: chosen(|p| p.1),
            second: chosen(|p| p.2),
            distances: pairs.iter().map(|p| p.0).collect(),
            threshold: pairs[4].0,
            batch: 200,
            support: [3980.0, 1710.0, 12_300.0],
        }),
    }
}

/// Classes that are reached one after the other, up to nine of ten of them.
fn table(info: &ImageInfo) -> Table {
    let classes = info.classes.len();
    let plain = [
        "step",
        "loss_d",
        "loss_g",
        "classes_covered",
        "class_kl_nats",
        "precision",
        "recall",
        "density",
        "coverage",
    ];
    let names = plain.iter().map(|n| n.to_string());
    let real = ["real_classes_covered", "real_class_kl_nats", "real_precision"].map(String::from);
    let shares = (0..classes).map(|k| format!("class_share_{k}"));
    let mut dice = Dice::new(3);
    let rows = (0..=RECORDS).map(|k| {
        let t = k as f64 / RECORDS as f64;
        let reached = ((0.1 + 0.8 * t.sqrt()) * classes as f64).round();
        // Every third class, then those between them.
        let rank = |class: usize| (class % 3) * classes.div_ceil(3) + class / 3;
        let weight = |class: usize, dice: &mut Dice| {
            if (rank(class) as f64) < reached { 0.3 + dice.uniform() } else { 0.0 }
        };
        let weights: Vec<f64> = (0..classes).map(|class| weight(class, &mut dice)).collect();
        let all: f64 = weights.iter().sum();
        let overlap = |best: f64, dice: &mut Dice| best * (1.0 - (-4.0 * t).exp()) + 0.01 * dice.uniform();
        let mut row = vec![
            (k * STEPS / RECORDS) as f64,
            1.3 - 0.2 * t,
            0.8 + 0.1 * t,
            reached,
            0.05 + 2.2 * (-5.0 * t).exp(),
            overlap(0.8, &mut dice),
            overlap(0.55, &mut dice),
            overlap(0.95, &mut dice),
            overlap(0.7, &mut dice),
            classes as f64,
            0.004,
            0.93,
        ];
        row.extend(weights.iter().map(|w| w / all));
        row
    });
    Table { rows: rows.collect(), names: names.chain(real).chain(shares).collect() }
}
