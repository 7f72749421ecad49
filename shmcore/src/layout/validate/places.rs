//! What has to be looked at in a container of fixed capacity: its counts, and the elements in the places that hold some.
//!
//! It is apart from [`Check`] because which places these are is read from the value.

use super::check::{Check, Purpose};
use super::{InvalidValue, Walked, invalid};
use crate::layout::Field;
use crate::layout::container::{Container, part};
use crate::layout::path::Path;
use crate::layout::tree::Kind;

/// The places of a container.
pub(super) struct Places<'a> {
    container: Container,
    /// Where the container tells which places hold values: `len`, `tail`, `used` or `generation`. Bytes from its start, as for all below.
    count_at: usize,
    /// Where it tells which is the first: `head`; where the marks are.
    head_at: usize,
    /// The first place.
    first_at: usize,
    capacity: usize,
    /// Bytes from one place to the next.
    stride: usize,
    /// What there is to look at in an element.
    element: Option<Box<Check<'a>>>,
}

impl<'a> Places<'a> {
    /// `None` if there is nothing to look at, or the parts are not those of the container.
    pub(super) fn of(container: Container, fields: &'a [Field], purpose: Purpose) -> Option<Self> {
        let at = |name| part(fields, name).map(|field| field.offset);
        let new = |count_at, head_at| {
            let slots = part(fields, "slots")?;
            let Kind::Array { mut element, len: mut capacity } = slots.layout.kind else { return None };
            if let (Container::Table, Kind::Array { element: inner, len }) = (container, element.kind) {
                (element, capacity) = (inner, capacity * len);
            }
            let check = if capacity == 0 { None } else { Check::of(element, purpose).map(Box::new) };
            if check.is_none() && purpose == Purpose::Visit {
                return None;
            }
            let first_at = slots.offset;
            Some(Self {
                container,
                count_at,
                head_at,
                first_at,
                capacity,
                stride: element.size,
                element: check,
            })
        };
        match container {
            Container::Sequence | Container::Text => new(at("len")?, 0),
            Container::Ring => new(at("tail")?, at("head")?),
            Container::Table => new(at("len")?, at("marks")?),
            Container::Slab => new(at("used")?, 0).filter(|places| places.element.is_some()),
            Container::Slot => {
                let value = part(fields, "value")?;
                let element = Some(Box::new(Check::of(value.layout, purpose)?));
                let (count_at, first_at, stride) = (at("generation")?, value.offset, value.layout.size);
                Some(Self { container, count_at, head_at: 0, first_at, capacity: 1, stride, element })
            }
        }
    }

    pub(super) fn walk(
        &self,
        value: &mut Walked<'_>,
        at: usize,
        path: &Path<'_>,
    ) -> Result<(), InvalidValue> {
        match self.container {
            Container::Sequence => {
                let len = self.count(value, at, path)?;
                self.elements(value, at, path, 0, len)
            }
            Container::Text => {
                let len = self.count(value, at, path)?;
                let bytes: Vec<u8> = (0..len).map(|index| byte(value, at + self.first_at + index)).collect();
                match std::str::from_utf8(&bytes) {
                    Ok(_) => Ok(()),
                    Err(error) => invalid(path, format_args!("no UTF-8: {error}")),
                }
            }
            Container::Ring => {
                let head = self.position(value, at + self.head_at, "head", path)?;
                let tail = self.position(value, at + self.count_at, "tail", path)?;
                let len = if head <= tail { tail - head } else { 2 * self.capacity - head + tail };
                if len > self.capacity {
                    let capacity = self.capacity;
                    return invalid(
                        path,
                        format_args!("{len} from head to tail is more than the capacity, {capacity}"),
                    );
                }
                let first = if head < self.capacity { head } else { head - self.capacity };
                let before_end = len.min(self.capacity - first);
                self.elements(value, at, path, first, first + before_end)?;
                self.elements(value, at, path, 0, len - before_end)
            }
            Container::Table => {
                // Of all places, at most half hold entries.
                bounded(value, at + self.count_at, self.capacity / 2, &Path::Field(path, "len"))?;
                if self.element.is_none() {
                    return Ok(());
                }
                for place in 0..self.capacity {
                    if byte(value, at + self.head_at + place) != 0 {
                        self.elements(value, at, path, place, place + 1)?;
                    }
                }
                Ok(())
            }
            Container::Slab => {
                // A number that is too great counts as all, as in the slab. The others are not looked at: in a slab that is large they
                // may be nearly all, and memory that nobody has written yet is given to who reads it, page by page.
                let used = usize::try_from(value.load(at + self.count_at, 4)).unwrap_or(self.capacity);
                self.elements(value, at, path, 0, used.min(self.capacity))
            }
            Container::Slot if value.load(at + self.count_at, 4) % 2 == 1 => {
                let check = self.element.as_ref();
                check.map_or(Ok(()), |check| check.walk(value, at + self.first_at, path))
            }
            Container::Slot => Ok(()),
        }
    }

    /// The number of elements.
    fn count(&self, value: &Walked<'_>, at: usize, path: &Path<'_>) -> Result<usize, InvalidValue> {
        bounded(value, at + self.count_at, self.capacity, &Path::Field(path, "len"))
    }

    /// A position in a ring: less than twice the capacity, or 0.
    fn position(
        &self,
        value: &Walked<'_>,
        at: usize,
        name: &str,
        path: &Path<'_>,
    ) -> Result<usize, InvalidValue> {
        let last = self.capacity.saturating_mul(2).saturating_sub(1);
        at_most(value, at, last).or_else(|found| {
            let capacity = self.capacity;
            invalid(
                &Path::Field(path, name),
                format_args!("{found} is no position in a ring of capacity {capacity}"),
            )
        })
    }

    /// Looks at the elements in the places from `from` to before `to`.
    fn elements(
        &self,
        value: &mut Walked<'_>,
        at: usize,
        path: &Path<'_>,
        from: usize,
        to: usize,
    ) -> Result<(), InvalidValue> {
        let Some(check) = &self.element else { return Ok(()) };
        let place = |index| at + self.first_at + index * self.stride;
        (from..to).try_for_each(|index| check.walk(value, place(index), &Path::Element(path, index)))
    }
}

/// A number of elements, which is not greater than the capacity.
fn bounded(value: &Walked<'_>, at: usize, capacity: usize, path: &Path<'_>) -> Result<usize, InvalidValue> {
    at_most(value, at, capacity)
        .or_else(|found| invalid(path, format_args!("{found} is more than the capacity, {capacity}")))
}

/// The number at `at`, if it is not greater than `max`. It is read once: what another process writes there later is not looked at.
fn at_most(value: &Walked<'_>, at: usize, max: usize) -> Result<usize, u128> {
    let found = value.load(at, 8);
    usize::try_from(found).ok().filter(|number| *number <= max).ok_or(found)
}

#[expect(clippy::cast_possible_truncation, reason = "one byte was loaded")]
fn byte(value: &Walked<'_>, at: usize) -> u8 {
    value.load(at, 1) as u8
}
