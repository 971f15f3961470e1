//! Labels of images, numbered without gaps.

use std::collections::BTreeMap;

/// Classes that labels can tell apart.
pub const MOST_CLASSES: usize = 1 << 16;

/// One label an image. Labels count from 0 in the order of the classes' names; every class has an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// The label of each image, below the number of names.
    pub of: Vec<u16>,
    /// The name of each class.
    pub names: Vec<String>,
}

impl Labels {
    /// Labels from the numbers of a file; those that do not occur make no class. `name` gives a number's name.
    pub fn numbered(numbers: &[u8], name: impl Fn(u8) -> String) -> Self {
        let mut classes: BTreeMap<u8, u16> = numbers.iter().map(|&number| (number, 0)).collect();
        for (label, class) in (0u16..).zip(classes.values_mut()) {
            *class = label;
        }
        let of = numbers.iter().map(|number| classes[number]).collect();
        Labels { of, names: classes.into_keys().map(name).collect() }
    }
}
