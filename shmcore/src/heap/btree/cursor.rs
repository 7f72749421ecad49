//! A place between two entries of a tree, which moves forth and back.

use super::node::{LEVELS, Node};
use super::tree::Tree;
use crate::heap::error::HeapError;

/// The bits of an index; a node's offset has 0 there.
const INDEX: u64 = 15;

/// A place in a leaf of a tree, which is the same in each call: before an entry, or behind the last one. So each place between two
/// entries of the tree is one place of a cursor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    leaf: Node<'a>,
    at: usize,
    /// For each level above the leaf the node, by its offset, and the index of its child on the way to the leaf.
    way: [u64; LEVELS],
    levels: usize,
}

/// An entry that a cursor has passed.
pub(super) type Passed<'a> = (Node<'a>, usize);

impl<'a> Cursor<'a> {
    /// The place where `choose` leads to from the root, by an index in each node.
    pub(super) fn at(
        tree: &Tree<'a>,
        mut choose: impl FnMut(Node<'a>) -> Result<usize, HeapError>,
    ) -> Result<Self, HeapError> {
        let root = tree.root()?;
        let mut cursor = Self { leaf: root, at: 0, way: [0; LEVELS], levels: root.level() };
        cursor.descend(tree, root, &mut choose)?;
        Ok(cursor)
    }

    /// Goes down from a node to a leaf.
    fn descend(
        &mut self,
        tree: &Tree<'a>,
        mut node: Node<'a>,
        choose: &mut impl FnMut(Node<'a>) -> Result<usize, HeapError>,
    ) -> Result<(), HeapError> {
        while !node.is_leaf() {
            let index = choose(node)?;
            self.way[node.level()] = node.offset() | index as u64;
            node = tree.child(node, index)?;
        }
        self.at = choose(node)?;
        self.leaf = node;
        Ok(())
    }

    /// Whether both are the same place.
    #[inline]
    pub(super) fn is_at(&self, other: &Self) -> bool {
        self.at == other.at && self.leaf.offset() == other.leaf.offset()
    }

    /// The node above the leaf at a level, and the index of its child on the way.
    fn above(&self, tree: &Tree<'a>, level: usize) -> Result<(Node<'a>, usize), HeapError> {
        let word = self.way[level];
        let index = (word & INDEX) as usize;
        let node = Node::at(tree.heap, &tree.shape, word & !INDEX, Some(level + 1))?;
        // The tree is borrowed, so it has not changed, unless something has written there without the right to.
        Ok((node, index.min(node.count())))
    }

    /// The entry behind the place, which is passed.
    #[inline]
    pub(super) fn next(&mut self, tree: &Tree<'a>) -> Result<Option<Passed<'a>>, HeapError> {
        if self.at < self.leaf.count() {
            self.at += 1;
            return Ok(Some((self.leaf, self.leaf.order.slot(self.at - 1))));
        }
        self.next_above(tree)
    }

    fn next_above(&mut self, tree: &Tree<'a>) -> Result<Option<Passed<'a>>, HeapError> {
        for level in 1..=self.levels {
            let (node, index) = self.above(tree, level)?;
            if index < node.count() {
                self.way[level] += 1;
                self.descend(tree, tree.child(node, index + 1)?, &mut |_| Ok(0))?;
                return Ok(Some((node, node.order.slot(index))));
            }
        }
        Ok(None)
    }

    /// The entry before the place, which is passed.
    #[inline]
    pub(super) fn next_back(&mut self, tree: &Tree<'a>) -> Result<Option<Passed<'a>>, HeapError> {
        if let Some(before) = self.at.checked_sub(1) {
            self.at = before;
            return Ok(Some((self.leaf, self.leaf.order.slot(before))));
        }
        self.next_back_above(tree)
    }

    fn next_back_above(&mut self, tree: &Tree<'a>) -> Result<Option<Passed<'a>>, HeapError> {
        for level in 1..=self.levels {
            let (node, index) = self.above(tree, level)?;
            if let Some(before) = index.checked_sub(1) {
                self.way[level] -= 1;
                self.descend(tree, tree.child(node, before)?, &mut |node| Ok(node.count()))?;
                return Ok(Some((node, node.order.slot(before))));
            }
        }
        Ok(None)
    }
}
