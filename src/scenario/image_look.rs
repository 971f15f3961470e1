//! The first look at images: their shape and number, by the headers of their files.

use super::Data;
use super::check::Flaw;
use crate::data::Images;
use crate::data::images::files::{Look, cifar10, folder, idx};
use crate::data::images::{digits, reading, shapes};

/// Shape and number of the images of a scenario; None where its data are no images.
pub fn look(data: &Data) -> Result<Option<Look>, Flaw> {
    let found = match data {
        Data::Digits { .. } => Ok(Look::whole(digits::SHAPE, digits::COUNT)),
        Data::Shapes { size, support } => Ok(Look::whole(shapes::shape(*size), *support as u64)),
        Data::Idx { images, .. } => idx::look(images),
        Data::Cifar10 { folder, .. } => cifar10::look(folder),
        Data::Folder { folder, size, color, on_error, .. } => {
            folder::look(folder, reading(*size, *color, *on_error))
        }
        Data::Stacked { source } => return Ok(look(source)?.map(stacked)),
        _ => return Ok(None),
    };
    found.map(Some).map_err(|error| (key(data).to_string(), error.to_string()))
}

/// Classes of the images' labels, which are read for it; None without labels.
pub fn classes(data: &Data) -> Result<Option<usize>, Flaw> {
    let images = Images::new(data).map_err(|error| (key(data).to_string(), error.to_string()))?;
    Ok(images.and_then(|images| images.classes()))
}

/// Three images as the channels of one.
fn stacked(single: Look) -> Look {
    let mut look = single;
    look.shape.channels *= 3;
    look
}

/// The key that says how much memory images take.
pub fn key(data: &Data) -> &'static str {
    match data {
        Data::Idx { .. } => "data.images",
        Data::Cifar10 { .. } | Data::Folder { .. } => "data.folder",
        Data::Shapes { .. } => "data.support",
        Data::Stacked { .. } => "data.source",
        _ => "data",
    }
}
