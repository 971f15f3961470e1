//! What is drawn from sets of images.

use super::*;
use crate::random::Stream;
use crate::scenario::Data;
use crate::scenario::Extent;

fn digits() -> Images {
    Images::new(&Data::Digits { held_out: 0.2 }).unwrap().unwrap()
}

fn stacked() -> Images {
    Images::new(&Data::Stacked { source: Box::new(Data::Digits { held_out: 0.2 }) }).unwrap().unwrap()
}

fn at(draw: u64) -> Address {
    Address::new(1, Stream::Data, 0).with_draw(draw)
}

/// The counts of the test part of UCI's data.
const DIGITS: [usize; 10] = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180];

fn counts(labels: &[u32], classes: usize) -> Vec<usize> {
    let mut counts = vec![0; classes];
    labels.iter().for_each(|label| counts[*label as usize] += 1);
    counts
}

#[test]
fn the_digits_are_those_of_uci() {
    let digits = digits();
    let part = |part| counts(&digits.all_labels(part).unwrap(), 10);
    let (training, held_out) = (part(Part::Training), part(Part::HeldOut));
    for digit in 0..10 {
        assert_eq!(training[digit] + held_out[digit], DIGITS[digit]);
        assert_eq!(held_out[digit], (0.2 * DIGITS[digit] as f64).round() as usize);
        assert_eq!(digits.class_name(digit as u32).unwrap(), digit.to_string());
    }
    let all = digits.all(Part::Training);
    assert_eq!(all.len(), training.iter().sum::<usize>());
    // Ink from 0 to 16, so that every number is a multiple of 1/8.
    assert!(all.values.iter().all(|x| (-1.0..=1.0).contains(x) && (8.0 * x).fract() == 0.0));
    assert!(all.values.contains(&1.0) && all.values.contains(&-1.0));
}

#[test]
fn what_is_held_out_is_never_drawn_to_train_on() {
    // 640 images that all differ, so that each is known by its pixels.
    let raw = shapes::read(8, 640).unwrap();
    let images = Images::of(raw, 0.25, Vec::new());
    let known = |points: &Points| -> std::collections::BTreeSet<Vec<u64>> {
        points.rows().map(|row| row.iter().map(|x| x.to_bits()).collect()).collect()
    };
    let training = known(&images.all(Part::Training));
    let held_out = known(&images.all(Part::HeldOut));
    assert_eq!((training.len(), held_out.len()), (480, 160));
    assert!(training.is_disjoint(&held_out));
    // Of 480 images, 12,000 draws miss one with probability 480 exp(-25), about 1e-8.
    assert_eq!(known(&images.sample(Part::Training, at(0), 12_000).unwrap()), training);
    assert_eq!(known(&images.sample(Part::HeldOut, at(0), 12_000).unwrap()), held_out);
    assert!(
        Images::of(shapes::read(8, 9).unwrap(), 0.0, Vec::new()).sample(Part::HeldOut, at(0), 1).is_none()
    );
}

#[test]
fn stacks_are_three_independent_digits() {
    let (stacked, digits) = (stacked(), digits());
    assert_eq!(stacked.classes(), Some(1000));
    assert_eq!(stacked.shape(), Extent { channels: 3, height: 8, width: 8 });
    assert_eq!(stacked.class_name(407).unwrap(), "4, 0, 7");
    let n = 60_000;
    let drawn = stacked.sample_labelled(Part::Training, at(0), n).unwrap();
    assert_eq!(drawn.points, stacked.sample(Part::Training, at(0), n).unwrap());
    let shares = counts(&digits.all_labels(Part::Training).unwrap(), 10);
    let share = |digit: usize| shares[digit] as f64 / digits.count(Part::Training) as f64;
    // Pearson's statistic over the 1,000 modes: mean 999, variance 1,998.
    let found = counts(&drawn.labels, 1000);
    let statistic = |(label, count): (usize, &usize)| {
        let expected = n as f64 * share(label / 100) * share(label / 10 % 10) * share(label % 10);
        (*count as f64 - expected).powi(2) / expected
    };
    let sum: f64 = found.iter().enumerate().map(statistic).sum();
    assert!((sum - 999.0).abs() < 5.0 * 1998f64.sqrt(), "{sum}");
    // Each channel is a digit of its label.
    let (all, labels) = (digits.all(Part::Training), digits.all_labels(Part::Training).unwrap());
    for (row, label) in drawn.points.rows().zip(&drawn.labels).take(50) {
        for (channel, digit) in row.chunks_exact(64).zip([label / 100, label / 10 % 10, label % 10]) {
            assert!(all.rows().zip(&labels).any(|(image, of)| image == channel && *of == digit));
        }
    }
}

#[test]
fn a_restriction_to_modes_draws_those_alone_and_evenly() {
    let stacked = stacked();
    let modes = [7, 123, 999];
    let drawn = stacked.sample_classes(Part::HeldOut, at(3), 9000, &modes).unwrap();
    let found = counts(&drawn.labels, 1000);
    for mode in modes {
        let count = found[mode as usize] as f64;
        assert!((count - 3000.0).abs() < 5.0 * 2000f64.sqrt(), "{count}");
    }
    let within: usize = modes.iter().map(|mode| found[*mode as usize]).sum();
    assert_eq!(found.iter().sum::<usize>(), within);
    let held_out = stacked.singles();
    let (all, labels) = (held_out.all(Part::HeldOut), held_out.all_labels(Part::HeldOut).unwrap());
    let (row, label) = (drawn.points.row(0), drawn.labels[0]);
    for (channel, digit) in row.chunks_exact(64).zip([label / 100, label / 10 % 10, label % 10]) {
        assert!(all.rows().zip(&labels).any(|(image, of)| image == channel && *of == digit));
    }
    assert!(stacked.sample_classes(Part::HeldOut, at(3), 1, &[1000]).is_none());
    assert!(stacked.sample_classes(Part::HeldOut, at(3), 1, &[]).is_none());
    let prefix = stacked.sample_classes(Part::HeldOut, at(3), 100, &modes).unwrap();
    assert_eq!(prefix.labels, drawn.labels[..100]);
}

#[test]
fn a_file_that_stays_on_disk_gives_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("images");
    let header = [0, 0, 8, 3, 0, 0, 0, 5, 0, 0, 0, 2, 0, 0, 0, 3];
    let numbers: Vec<u8> = (1..31).collect();
    let write = |numbers: &[u8]| std::fs::write(&path, [&header[..], numbers].concat()).unwrap();
    let read = |mapped_from| idx::read(&path, None, mapped_from).map(|raw| raw.pixels);
    write(&numbers);
    let mapped = read(30).unwrap();
    assert!(matches!(mapped, Pixels::Mapped { .. }));
    assert!(matches!(read(31).unwrap(), Pixels::Whole(_)));
    assert_eq!(mapped[..], read(31).unwrap()[..]);
    for wrong in [&numbers[1..], &[&numbers[..], &[0]].concat()] {
        write(wrong);
        assert!(read(30).unwrap_err().to_string().contains("30 bytes"));
    }
}
