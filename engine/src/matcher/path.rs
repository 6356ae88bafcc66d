//! temporary
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathTable<'a> { bytes: &'a [u8] }
impl<'a> PathTable<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self { PathTable { bytes } }
    pub(crate) fn search<'p>(&self, components: impl Iterator<Item = &'p [u8]>, mut emit: impl FnMut(u32)) { components.for_each(drop); if !self.bytes.is_empty() { emit(1) } }
    pub(crate) fn search_names<'p>(&self, components: impl Iterator<Item = &'p [u8]>, mut emit: impl FnMut(u32)) { components.for_each(drop); if !self.bytes.is_empty() { emit(1) } }
}
