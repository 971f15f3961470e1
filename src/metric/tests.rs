//! Facts about the measures.

use super::*;
use crate::data::RealData;
use crate::random::Stream;
use crate::scenario::{Center, Data};
use proptest::prelude::*;

const N: usize = 2500;

fn data(data: Data) -> RealData {
    RealData::new(&data).unwrap().unwrap()
}

fn ring() -> RealData {
    data(Data::Ring { modes: 8, radius: 2.0, std: 0.02 })
}

fn line(center: f64) -> RealData {
    data(Data::Line { centers: vec![center], std: 1.0, weights: vec![] })
}

fn draw(data: &RealData, draw: u64, n: usize) -> Points {
    data.sample(Address::new(1, Stream::EvalData, 0).with_draw(draw), n)
}

fn against(evaluator: &Evaluator, cloud: &Points, real: &Points) -> Vec<f64> {
    evaluator.measure(cloud, &evaluator.reference(real, address()))
}

fn evaluator(data: &RealData) -> Evaluator {
    Evaluator::new(data.modes().map(<[Mode]>::to_vec), Criteria::default(), &draw(data, 99, 1000))
}

fn address() -> Address {
    Address::new(1, Stream::Projections, 7)
}

/// One measure of a cloud against 2500 real samples.
fn measure(data: &RealData, cloud: &Points, name: &str) -> f64 {
    let evaluator = evaluator(data);
    let values = against(&evaluator, cloud, &draw(data, 0, N));
    let columns = evaluator.cloud_columns();
    assert_eq!(values.len(), columns.len());
    values[columns.iter().position(|c| c == name).unwrap()]
}

/// `each` copies of every given point.
fn copies(points: &[[f64; 2]], each: usize) -> Points {
    Points::new(2, points.iter().flat_map(|p| p.repeat(each)).collect())
}

fn centers(data: &RealData) -> Vec<[f64; 2]> {
    data.modes().unwrap().iter().map(|m| [m.center[0], m.center[1]]).collect()
}

#[test]
fn real_samples_of_gaussians_in_the_plane_are_as_good_as_the_chi_square_says() {
    let ring = ring();
    let cloud = draw(&ring, 1, 40_000);
    let p = 1.0 - libm::exp(-4.5);
    assert!((measure(&ring, &cloud, "high_quality") - p).abs() < 5.0 * (p * (1.0 - p) / 40_000.0).sqrt());
    assert_eq!(measure(&ring, &cloud, "modes_covered"), 8.0);
    assert_eq!(measure(&ring, &cloud, "modes_with_spread"), 8.0);
    // E[r^2 | r < 3] / 2 of a standard normal in the plane.
    let truncated = 1.0 - 4.5 * libm::exp(-4.5) / p;
    assert!((measure(&ring, &cloud, "spread_trace_median") - truncated).abs() < 0.03);
    assert!(measure(&ring, &cloud, "spread_eigen_worst") > 0.85);
    // 2 n KL is chi-squared with 7 degrees of freedom; 40 lies beyond its 1e-6 tail.
    assert!(measure(&ring, &cloud, "kl_nats") < 40.0 / (2.0 * 40_000.0));
    assert!(measure(&ring, &cloud, "js_nats") < measure(&ring, &cloud, "kl_nats"));
    let shares: f64 = (0..8).map(|k| measure(&ring, &cloud, &format!("mode_share_{k}"))).sum();
    assert!((shares - measure(&ring, &cloud, "high_quality")).abs() < 1e-12);
}

#[test]
fn a_correlated_gaussian_is_measured_in_its_own_axes() {
    // (x, y) -> (x, 0.9 x + 0.1 y) of standard normals: covariance [1, 0.9; 0.9, 0.82].
    let plain = data(Data::Mixture {
        components: vec![Center { center: vec![0.0; 2], std: vec![1.0], weight: 1.0 }],
    });
    let mut cloud = draw(&plain, 1, 40_000);
    cloud.values.chunks_exact_mut(2).for_each(|p| p[1] = 0.9 * p[0] + 0.1 * p[1]);
    let mode = Mode { center: vec![0.0; 2], covariance: vec![1.0, 0.9, 0.9, 0.82], weight: 1.0 };
    let evaluator = Evaluator::new(Some(vec![mode]), Criteria::default(), &cloud);
    let values = against(&evaluator, &cloud, &cloud);
    let p = 1.0 - libm::exp(-4.5);
    assert!((values[2] - p).abs() < 5.0 * (p * (1.0 - p) / 40_000.0).sqrt());
    let truncated = 1.0 - 4.5 * libm::exp(-4.5) / p;
    assert!((values[4] - truncated).abs() < 0.03 && (values[6] - truncated).abs() < 0.03);
}

#[test]
fn a_collapsed_generator_covers_one_mode_and_its_divergence_is_finite() {
    let ring = ring();
    let cloud = copies(&centers(&ring)[3..4], N);
    for (name, value) in [
        ("modes_covered", 1.0),
        ("modes_any", 1.0),
        ("high_quality", 1.0),
        ("modes_with_spread", 0.0),
        ("spread_trace_median", 0.0),
        ("spread_eigen_worst", 0.0),
        ("kl_nats", 8f64.ln()),
        ("mode_share_2", 0.0),
        ("mode_share_3", 1.0),
    ] {
        assert!((measure(&ring, &cloud, name) - value).abs() < 1e-12, "{name}");
    }
    let js = measure(&ring, &cloud, "js_nats");
    assert!(js > 0.3 && js < 2f64.ln());
}

#[test]
fn eight_points_are_not_eight_modes() {
    let ring = ring();
    let cloud = copies(&centers(&ring), 300);
    assert_eq!(measure(&ring, &cloud, "modes_covered"), 8.0);
    assert_eq!(measure(&ring, &cloud, "modes_with_spread"), 0.0);
    assert!(measure(&ring, &cloud, "kl_nats") < 1e-15);
    // Eight short lines are none either: one eigenvalue stays zero.
    let mut lines = cloud.clone();
    for (i, p) in lines.values.chunks_exact_mut(2).enumerate() {
        p[0] += 0.05 * ((i % 300) as f64 / 149.5 - 1.0);
    }
    assert!(measure(&ring, &lines, "spread_trace_worst") > 0.9);
    assert_eq!(measure(&ring, &lines, "modes_covered"), 8.0);
    assert_eq!(measure(&ring, &lines, "modes_with_spread"), 0.0);
}

#[test]
fn a_mode_is_covered_from_twenty_samples_on() {
    let ring = ring();
    let all = centers(&ring);
    for (n, covered) in [(19, 1.0), (20, 2.0)] {
        let mut cloud = copies(&all[..1], 500);
        cloud.values.extend(copies(&all[1..2], n).values);
        assert_eq!(measure(&ring, &cloud, "modes_covered"), covered);
        assert_eq!(measure(&ring, &cloud, "modes_any"), 2.0);
    }
}

#[test]
fn being_nearest_to_a_centre_is_not_enough() {
    let ring = ring();
    // Just outside and just inside three standard deviations of the top mode.
    let cloud = copies(&[[0.0, 2.0601]], 100);
    assert_eq!(measure(&ring, &cloud, "high_quality"), 0.0);
    assert_eq!(measure(&ring, &cloud, "modes_any"), 0.0);
    for undefined in ["kl_nats", "js_nats", "spread_trace_median", "spread_eigen_worst"] {
        assert!(measure(&ring, &cloud, undefined).is_nan(), "{undefined}");
    }
    assert_eq!(measure(&ring, &copies(&[[0.0, 2.0599]], 100), "mode_share_0"), 1.0);
}

#[test]
fn a_sample_belongs_to_the_nearest_of_overlapping_modes() {
    let overlapping = data(Data::Line { centers: vec![0.0, 1.0], std: 1.0, weights: vec![] });
    let cloud = Points::new(1, vec![0.4; 30]);
    assert_eq!(measure(&overlapping, &cloud, "mode_share_0"), 1.0);
    let cloud = Points::new(1, vec![0.6; 30]);
    assert_eq!(measure(&overlapping, &cloud, "mode_share_1"), 1.0);
}

#[test]
fn the_sliced_distance_of_a_shifted_copy_is_the_shift() {
    let data = line(0.0);
    let real = draw(&data, 0, N);
    for shift in [0.5, -3.0] {
        let cloud = Points::new(1, real.values.iter().map(|x| x + shift).collect());
        assert!((measure(&data, &cloud, "sliced_w2") - shift.abs()).abs() < 1e-12);
    }
    assert_eq!(measure(&data, &real, "sliced_w2"), 0.0);
    // In the plane it is |shift| / sqrt 2, for the mean of (u'm)^2 over even directions is that over all.
    let ring = ring();
    let mut cloud = draw(&ring, 0, N);
    cloud.values.chunks_exact_mut(2).for_each(|p| p[0] += 1.0);
    assert!((measure(&ring, &cloud, "sliced_w2") - 0.5f64.sqrt()).abs() < 1e-12);
}

#[test]
fn distances_between_equal_distributions_scatter_around_zero_and_between_others_do_not() {
    let data = line(0.0);
    for name in ["mmd2", "energy_distance"] {
        let of = |center: f64, k: u64| measure(&data, &draw(&line(center), k, N), name);
        // `real` is the same cloud each time, which shifts all of them together: a wide margin for 20 of them.
        let same: Vec<f64> = (1..=20).map(|k| of(0.0, k)).collect();
        let mean = same.iter().sum::<f64>() / 20.0;
        assert!(mean.abs() < 3e-3, "{name}: {mean}");
        assert!(same.iter().any(|x| *x < 0.0), "{name} is unbiased, so some are negative");
        assert!(of(1.0, 1) > 0.05, "{name}");
        assert!(of(3.0, 1) > of(1.0, 1), "{name}");
    }
    // Between far normals 2 E|X - Y| - 2 E|X - X'| = 2 m - 4 / sqrt pi.
    let far = measure(&data, &draw(&line(10.0), 1, N), "energy_distance");
    assert!((far - (20.0 - 4.0 / std::f64::consts::PI.sqrt())).abs() < 0.5);
}

#[test]
fn the_kernel_distance_agrees_with_its_closed_form() {
    // For N(0,1) and N(m,1): 2 h / sqrt(h^2 + 2) (1 - exp(-m^2 / (2 (h^2 + 2)))), averaged over the bandwidths.
    let data = line(0.0);
    let m = 2.0;
    let truth = evaluator(&data)
        .kernel
        .bandwidths()
        .iter()
        .map(|h| 2.0 * h / (h * h + 2.0).sqrt() * (1.0 - libm::exp(-m * m / (2.0 * (h * h + 2.0)))) / 3.0)
        .sum::<f64>();
    let mean = (1..=20).map(|k| measure(&data, &draw(&line(m), k, N), "mmd2")).sum::<f64>() / 20.0;
    assert!((mean - truth).abs() < 0.03 * truth, "{mean} {truth}");
}

#[test]
fn bad_points_count_as_bad_and_leave_distances_undefined() {
    let ring = ring();
    let mut cloud = draw(&ring, 1, 1000);
    for bad in [f64::NAN, f64::INFINITY, -f64::INFINITY] {
        cloud.values[..1000].fill(bad);
        let share = measure(&ring, &cloud, "high_quality");
        assert!((share - 0.494).abs() < 0.03, "{share}");
        assert!(DISTANCES.iter().all(|name| measure(&ring, &cloud, name).is_nan()));
    }
    cloud.values.fill(f64::NAN);
    assert_eq!(measure(&ring, &cloud, "high_quality"), 0.0);
    assert!(measure(&ring, &cloud, "kl_nats").is_nan());
    // Numbers whose squares overflow.
    cloud.values.fill(1e300);
    assert!(measure(&ring, &cloud, "energy_distance").is_nan());
    let none = Points::new(2, vec![]);
    assert!(measure(&ring, &none, "high_quality").is_nan());
    assert_eq!(measure(&ring, &none, "modes_covered"), 0.0);
    assert!(measure(&ring, &none, "sliced_w2").is_nan());
    let one = Points::new(2, vec![0.0, 2.0]);
    assert!(measure(&ring, &one, "mmd2").is_nan());
    let other_dimension = Points::new(1, vec![0.0; 10]);
    assert!(DISTANCES.iter().all(|name| measure(&ring, &other_dimension, name).is_nan()));
}

#[test]
fn one_sample_is_a_mode_where_that_is_asked_for_but_has_no_spread() {
    let ring = ring();
    let criteria = Criteria { covered: 1, ..Criteria::default() };
    let evaluator = Evaluator::new(ring.modes().map(<[Mode]>::to_vec), criteria, &draw(&ring, 99, 100));
    let values = against(&evaluator, &copies(&[[0.0, 2.0]], 1), &draw(&ring, 0, 100));
    assert_eq!(values[0], 1.0);
    assert_eq!(values[3], 0.0);
    assert!(values[4..8].iter().all(|x| x.is_nan()));
}

#[test]
fn columns_and_values_match_and_the_real_ones_stand_beside() {
    let ring = ring();
    let grid = data(Data::Grid { side: 11, spacing: 2.0, std: 0.05 });
    let moons = data(Data::Moons { radius: 1.0, std: 0.05 });
    for (data, expected) in [(&ring, 13 + 8 + 13), (&grid, 26), (&moons, 6)] {
        let evaluator = evaluator(data);
        let columns = evaluator.columns();
        assert_eq!(columns.len(), expected);
        let (real, real2, fake) = (draw(data, 0, 500), draw(data, 1, 500), draw(data, 2, 500));
        let reference = evaluator.reference(&real, address());
        let mut values = evaluator.measure(&fake, &reference);
        let cloud = values.len();
        assert_eq!(cloud, evaluator.cloud_columns().len());
        values.extend(evaluator.best(&real2, &reference));
        assert_eq!(values.len(), columns.len());
        let of = |name: &str| columns.iter().position(|c| c == name).unwrap();
        assert_eq!(of("real_sliced_w2") - cloud, of("sliced_w2"));
        assert_eq!(values[of("real_sliced_w2")], evaluator.measure(&real2, &reference)[of("sliced_w2")]);
        assert!(columns.iter().all(|c| !c.starts_with("real_mode_share")));
        assert_eq!(evaluator.settings()["pair_samples"], 1000);
    }
    assert!(evaluator(&moons).columns().iter().all(|c| !c.contains("mode")));
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let ring = ring();
    let evaluator = evaluator(&ring);
    let clouds = [0, 1].map(|k| draw(&ring, k, 1777));
    let with = |threads: usize| -> Vec<u64> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let values = pool.install(|| against(&evaluator, &clouds[0], &clouds[1]));
        values.iter().map(|x| x.to_bits()).collect()
    };
    assert_eq!(with(1), with(2));
    assert_eq!(with(1), with(5));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn the_order_of_samples_does_not_matter(
        cloud in proptest::collection::vec((-3.0..3.0f64, -3.0..3.0f64), 2..200),
        shift in 0usize..200,
    ) {
        let wide = data(Data::Ring { modes: 8, radius: 2.0, std: 0.3 });
        let evaluator = evaluator(&wide);
        let real = draw(&wide, 0, 200);
        let mut rows: Vec<[f64; 2]> = cloud.iter().map(|&(x, y)| [x, y]).collect();
        let before = against(&evaluator, &copies(&rows, 1), &real);
        let n = rows.len();
        rows.rotate_left(shift % n);
        rows.reverse();
        let after = against(&evaluator, &copies(&rows, 1), &real);
        for (a, b) in before.iter().zip(&after) {
            // Pairs are measured in single precision.
            prop_assert!((a - b).abs() < 1e-5 * (1.0 + a.abs()) || (a.is_nan() && b.is_nan()));
        }
    }
}

/// `cargo test --release --lib metric::tests::time -- --ignored --nocapture` prints what one record costs.
#[test]
#[ignore = "a timing, not a fact"]
fn time_of_a_record() {
    let ring = ring();
    let evaluator = evaluator(&ring);
    let clouds = [0, 1].map(|k| draw(&ring, k, N));
    let reference = evaluator.reference(&clouds[1], address());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        let mut best = f64::INFINITY;
        for _ in 0..20 {
            let start = std::time::Instant::now();
            std::hint::black_box(evaluator.measure(&clouds[0], &reference));
            best = best.min(start.elapsed().as_secs_f64());
        }
        println!("one record: {:.2} ms on one thread", 1e3 * best);
    });
}
