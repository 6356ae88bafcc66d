//! Writes tables of ports; the layout is specified in `matcher/port.rs`.

use alloc::vec::Vec;

use super::outcome::{Label, Outcomes};

/// Collects ranges of ports, both ends included, with their labels.
#[derive(Debug, Default)]
pub(crate) struct PortTableBuilder {
    ranges: Vec<(u16, u16, Label)>,
}

impl PortTableBuilder {
    pub(crate) fn add(&mut self, first: u16, last: u16, label: Label) {
        self.ranges.push((first, last, label));
    }

    /// The table; empty if there are no ports.
    pub(crate) fn build(self, outcomes: &mut Outcomes) -> Vec<u8> {
        if self.ranges.is_empty() {
            return Vec::new();
        }
        let mut bounds: Vec<u16> = Vec::from([0]);
        for &(first, last, _) in &self.ranges {
            bounds.push(first);
            bounds.extend(last.checked_add(1));
        }
        bounds.sort_unstable();
        bounds.dedup();
        let mut found: Vec<u32> = Vec::with_capacity(bounds.len());
        for &port in &bounds {
            let holding =
                self.ranges.iter().filter(|(first, last, _)| (first..=last).contains(&&port));
            found.push(outcomes.intern(holding.map(|(.., label)| *label).collect()));
        }
        let mut bytes = (bounds.len() as u32).to_le_bytes().to_vec();
        bytes.extend(bounds.iter().flat_map(|start| start.to_le_bytes()));
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(found.iter().flat_map(|outcome| outcome.to_le_bytes()));
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::outcome::Role;
    use crate::matcher::port::PortTable;

    #[test]
    fn every_port_has_the_rules_of_its_ranges() {
        let ranges = [(0, 0), (22, 22), (6000, 6063), (6060, 7000), (65_535, 65_535)];
        let mut builder = PortTableBuilder::default();
        for (rule, &(first, last)) in ranges.iter().enumerate() {
            builder.add(first, last, Label::new(rule as u32, Role::Listed));
        }
        let mut outcomes = Outcomes::default();
        let bytes = builder.build(&mut outcomes);
        let table = PortTable::new(&bytes);
        for port in 0..=u16::MAX {
            let want = ranges
                .iter()
                .enumerate()
                .filter(|(_, (first, last))| (first..=last).contains(&&port));
            let want: Vec<_> =
                want.map(|(rule, _)| Label::new(rule as u32, Role::Listed)).collect();
            let found = match table.find(port) {
                0 => Vec::new(),
                outcome => outcomes.in_order()[outcome as usize - 1].to_vec(),
            };
            assert_eq!(found, want, "{port}");
        }
    }
}
