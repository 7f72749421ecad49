//! Operations on the containers, which read all that those give.

use shmcore::heap::{self, Heap, HeapError};

use crate::{Bytes, Root};

/// Uses one container, and reads all that it gives.
pub(crate) fn step(heap: &Heap, root: &mut Root, bytes: &mut Bytes<'_>) -> Result<usize, HeapError> {
    let number = bytes.next();
    let operation = bytes.next();
    let index = usize::from(bytes.next() % 8);
    match operation / 28 {
        0 => numbers(heap, root, operation % 28, index, u32::from(number)),
        1 => names(heap, &mut root.names, operation % 28, index),
        2 => others(heap, root, operation % 28, index),
        3 => jobs(heap, &mut root.jobs, operation % 28, index),
        4 => ring(heap, &mut root.ring, operation % 28, index, u64::from(number)),
        5 => map(heap, &mut root.map, operation % 28, u64::from(number % 8)),
        6 => by_name(heap, root, operation % 28, u32::from(number % 8)),
        7 => slab(heap, &mut root.slab, operation % 28, index),
        8 => tree(heap, &mut root.tree, operation % 28, u32::from(number % 80)),
        _ => in_order(heap, &mut root.names_in_order, operation, index),
    }
}

fn numbers(
    heap: &Heap,
    root: &mut Root,
    operation: u8,
    index: usize,
    number: u32,
) -> Result<usize, HeapError> {
    let numbers = &mut root.numbers;
    match operation % 13 {
        0 => numbers.push(heap, number)?,
        1 => drop(numbers.pop(heap)?),
        2 if index < numbers.len(heap)? => numbers.insert(heap, index, number)?,
        3 if index < numbers.len(heap)? => drop(numbers.remove(heap, index)?),
        4 if index < numbers.len(heap)? => drop(numbers.swap_remove(heap, index)?),
        5 => numbers.extend_from_slice(heap, &[number; 100])?,
        6 => numbers.shrink_to_fit(heap)?,
        7 => numbers.truncate(heap, index)?,
        8 => numbers.reserve(heap, index * 16)?,
        9 => numbers.as_mut_slice(heap)?.fill(number),
        10 => {
            let mut view = numbers.view_mut(heap)?;
            view.push(number)?;
            view.pop()?;
        }
        11 => numbers.clear(heap)?,
        _ => numbers.free(heap)?,
    }
    Ok(numbers.as_slice(heap)?.iter().map(|&number| number as usize).fold(0, usize::wrapping_add))
}

fn names(
    heap: &Heap,
    names: &mut heap::Vec<heap::String>,
    operation: u8,
    index: usize,
) -> Result<usize, HeapError> {
    match operation % 9 {
        0 => names.push(heap, "pushed")?,
        1 => {
            if let Some(mut name) = names.pop(heap)? {
                name.free(heap)?;
            }
        }
        2 if index < names.len(heap)? => names.insert(heap, index, "inserted")?,
        3 if index < names.len(heap)? => names.swap_remove(heap, index)?.free(heap)?,
        4 => names.truncate(heap, index)?,
        5 => names.shrink_to_fit(heap)?,
        6 => {
            if let Some(name) = names.as_mut_slice(heap)?.get_mut(index) {
                name.push_str(heap, "and more than there is room for")?;
                name.pop(heap)?;
                name.shrink_to_fit(heap)?;
            }
        }
        7 => names.clear(heap)?,
        _ => names.free(heap)?,
    }
    names.iter(heap)?.try_fold(0, |sum, name| Ok(sum + sum_of(name.as_str(heap)?)))
}

/// So that each byte is read.
fn sum_of(text: &str) -> usize {
    text.bytes().map(usize::from).sum()
}

fn others(heap: &Heap, root: &mut Root, operation: u8, index: usize) -> Result<usize, HeapError> {
    match operation % 8 {
        0 => root.boxed.set(heap, [7_u16; 20])?,
        1 => drop(root.boxed.take(heap)?),
        2 => root.boxed.free(heap)?,
        3 => {
            if let Some(numbers) = root.boxed.get_mut(heap)? {
                numbers.extend_from_slice(heap, &[1; 50])?;
            }
        }
        4 => root.kinds.push(heap, true)?,
        5 if index < root.kinds.len(heap)? => root.kinds.truncate(heap, index)?,
        6 => heap.trim()?,
        _ => drop(heap.check()?),
    }
    // What has been written over a `bool` may be none, so none is read.
    let kinds = root.kinds.len(heap)?;
    let Some(numbers) = root.boxed.get(heap)? else { return Ok(kinds) };
    Ok(kinds + numbers.iter(heap)?.map(|&number| usize::from(number)).sum::<usize>())
}

fn jobs(
    heap: &Heap,
    jobs: &mut heap::VecDeque<heap::String>,
    operation: u8,
    index: usize,
) -> Result<usize, HeapError> {
    match operation % 9 {
        0 => jobs.push_back(heap, "last")?,
        1 => jobs.push_front(heap, "first")?,
        2 => {
            if let Some(mut job) = jobs.pop_back(heap)? {
                job.free(heap)?;
            }
        }
        3 => {
            if let Some(mut job) = jobs.pop_front(heap)? {
                job.free(heap)?;
            }
        }
        4 => jobs.truncate(heap, index)?,
        5 => jobs.shrink_to_fit(heap)?,
        6 => jobs.reserve(heap, index * 4)?,
        7 => jobs.clear(heap)?,
        _ => jobs.free(heap)?,
    }
    jobs.iter(heap)?.try_fold(0, |sum, job| Ok(sum + sum_of(job.as_str(heap)?)))
}

fn ring(
    heap: &Heap,
    ring: &mut heap::VecDeque<u64>,
    operation: u8,
    index: usize,
    number: u64,
) -> Result<usize, HeapError> {
    match operation % 8 {
        0 => ring.push_back(heap, number)?,
        1 => ring.push_front(heap, number)?,
        2 => drop(ring.pop_back(heap)?),
        3 => drop(ring.pop_front(heap)?),
        4 => {
            if let Some(there) = ring.get_mut(heap, index)? {
                *there = number;
            }
        }
        5 => ring.extend(heap, 0..number)?,
        6 => ring.shrink_to_fit(heap)?,
        _ => ring.free(heap)?,
    }
    let (front, back) = ring.as_slices(heap)?;
    Ok(front.iter().chain(back).fold(0, |sum: usize, &number| sum.wrapping_add(number as usize)))
}

fn map(
    heap: &Heap,
    map: &mut heap::HashMap<u64, heap::String>,
    operation: u8,
    key: u64,
) -> Result<usize, HeapError> {
    match operation % 11 {
        0 => drop(map.insert(heap, key, "inserted")?),
        1 => {
            if let Some(mut name) = map.remove(heap, &key)? {
                name.free(heap)?;
            }
        }
        2 => map.retain(heap, |&there, _| there != key)?,
        3 => map.reserve(heap, key as usize * 8)?,
        4 => map.shrink_to_fit(heap)?,
        5 => map.clear(heap)?,
        6 => map.free(heap)?,
        7 => {
            if let Some(name) = map.get_mut(heap, &key)? {
                name.push_str(heap, "changed")?;
            }
        }
        8 => {
            let view = map.view(heap)?;
            return Ok(view.get(&key)?.is_some().into());
        }
        9 => {
            return map.drain(heap)?.take(2).try_fold(0, |sum: usize, entry| {
                let (key, mut name) = entry?;
                name.free(heap)?;
                Ok(sum.wrapping_add(key as usize))
            });
        }
        _ => drop(map.entry(heap, key)?.or_insert("entry")?),
    }
    map.iter(heap)?.try_fold(0, |sum: usize, (&key, name)| {
        Ok(sum.wrapping_add(key as usize).wrapping_add(sum_of(name.as_str(heap)?)))
    })
}

fn by_name(heap: &Heap, root: &mut Root, operation: u8, number: u32) -> Result<usize, HeapError> {
    let (map, set) = (&mut root.by_name, &mut root.set);
    let name = ["one", "two", "three", "four"][number as usize % 4];
    match operation % 12 {
        0 => drop(map.insert(heap, name, number).map_err(HeapError::from)?),
        1 => drop(map.remove(heap, name)?),
        2 => {
            if let Some((mut name, _)) = map.remove_entry(heap, name)? {
                name.free(heap)?;
            }
        }
        3 => map.retain(heap, |_, &mut there| there != number)?,
        4 => map.clear(heap)?,
        5 => map.free(heap)?,
        6 => map.shrink_to_fit(heap)?,
        7 => drop(set.insert(heap, number)?),
        8 => drop(set.remove(heap, &number)?),
        9 => set.reserve(heap, number as usize * 8)?,
        10 => set.clear(heap)?,
        _ => set.free(heap)?,
    }
    let sum = set.iter(heap)?.fold(0, |sum: usize, &number| sum.wrapping_add(number as usize));
    map.iter(heap)?.try_fold(sum, |sum, (name, &number)| {
        Ok(sum.wrapping_add(sum_of(name.as_str(heap)?)).wrapping_add(number as usize))
    })
}

fn slab(
    heap: &Heap,
    slab: &mut heap::Slab<heap::String>,
    operation: u8,
    index: usize,
) -> Result<usize, HeapError> {
    match operation % 7 {
        0 => drop(slab.insert(heap, "inserted")?),
        1 => {
            let handle = slab.iter(heap)?.map(|(handle, _)| handle).nth(index);
            if let Some(mut name) = handle.map(|handle| slab.remove(heap, handle)).transpose()?.flatten() {
                name.free(heap)?;
            }
        }
        2 => slab.reserve(heap, index * 4)?,
        3 => slab.retain(heap, |_, name| name.len(heap).is_ok_and(|len| len > index))?,
        4 => slab.clear(heap)?,
        5 => {
            let handle = slab.iter(heap)?.map(|(handle, _)| handle).nth(index);
            if let Some(name) = handle.map(|handle| slab.get_mut(heap, handle)).transpose()?.flatten() {
                name.push_str(heap, "changed")?;
            }
        }
        _ => slab.free(heap)?,
    }
    slab.iter(heap)?.try_fold(0, |sum, (_, name)| Ok(sum + sum_of(name.as_str(heap)?)))
}

fn tree(
    heap: &Heap,
    tree: &mut heap::BTreeMap<u32, heap::String>,
    operation: u8,
    key: u32,
) -> Result<usize, HeapError> {
    match operation % 9 {
        0 | 1 => drop(tree.insert(heap, key, "inserted")?),
        2 | 3 => {
            if let Some(mut name) = tree.remove(heap, &key)? {
                name.free(heap)?;
            }
        }
        4 => {
            if let Some((_, mut name)) = tree.pop_first(heap)? {
                name.free(heap)?;
            }
        }
        5 => {
            if let Some((_, mut name)) = tree.pop_last(heap)? {
                name.free(heap)?;
            }
        }
        6 => {
            if let Some(name) = tree.get_mut(heap, &key)? {
                name.push_str(heap, "changed")?;
            }
        }
        7 => {
            return Ok(tree
                .range(heap, key..key + 20)?
                .rev()
                .map(|(&key, _)| key as usize)
                .fold(0, usize::wrapping_add));
        }
        _ => tree.free(heap)?,
    }
    tree.iter(heap)?.try_fold(0, |sum: usize, (&key, name)| {
        Ok(sum.wrapping_add(key as usize).wrapping_add(sum_of(name.as_str(heap)?)))
    })
}

fn in_order(
    heap: &Heap,
    names: &mut heap::BTreeSet<heap::String>,
    operation: u8,
    index: usize,
) -> Result<usize, HeapError> {
    let name = ["one", "two", "three", "four", "five", "six", "seven", "eight"][index];
    match operation % 4 {
        0 => drop(names.insert(heap, name).map_err(HeapError::from)?),
        1 => drop(names.remove(heap, name)?),
        2 => {
            if let Some(mut first) = names.pop_first(heap)? {
                first.free(heap)?;
            }
        }
        _ => names.clear(heap)?,
    }
    names.iter(heap)?.try_fold(0, |sum, name| Ok(sum + sum_of(name.as_str(heap)?)))
}
