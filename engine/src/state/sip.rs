//! The keyed hash of a state's keys: SipHash-2-4 with 128 bits of output
//! (Aumasson and Bernstein, 2012).
//!
//! Whoever does not know the seed can neither make two keys collide nor fill
//! one set of the table.

/// A hash being made.
#[derive(Clone, Debug)]
pub(crate) struct Sip {
    v: [u64; 4],
    /// Bytes that do not fill a word yet, the first lowest.
    tail: u64,
    length: u64,
}

impl Sip {
    pub(crate) fn new([k0, k1]: [u64; 2]) -> Sip {
        Sip {
            v: [
                k0 ^ 0x736f_6d65_7073_6575,
                k1 ^ 0x646f_7261_6e64_6f6d ^ 0xee,
                k0 ^ 0x6c79_6765_6e65_7261,
                k1 ^ 0x7465_6462_7974_6573,
            ],
            tail: 0,
            length: 0,
        }
    }

    /// Adds bytes. What follows one another is not told apart: callers put
    /// lengths where that matters.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let place = (self.length % 8) as u32;
            self.tail |= u64::from(byte).wrapping_shl(place.wrapping_mul(8));
            self.length = self.length.wrapping_add(1);
            if place == 7 {
                self.word(self.tail);
                self.tail = 0;
            }
        }
    }

    /// Adds bytes with their length.
    pub(crate) fn add_field(&mut self, bytes: &[u8]) {
        self.add(&(bytes.len() as u64).to_le_bytes());
        self.add(bytes);
    }

    pub(crate) fn finish(mut self) -> [u8; 16] {
        self.word(self.tail | self.length.wrapping_shl(56));
        let [_, _, v2, _] = &mut self.v;
        *v2 ^= 0xee;
        let low = self.rounds();
        let [_, v1, _, _] = &mut self.v;
        *v1 ^= 0xdd;
        let high = self.rounds();
        (u128::from(low) | u128::from(high) << 64).to_le_bytes()
    }

    fn word(&mut self, word: u64) {
        let [_, _, _, v3] = &mut self.v;
        *v3 ^= word;
        round(&mut self.v);
        round(&mut self.v);
        let [v0, _, _, _] = &mut self.v;
        *v0 ^= word;
    }

    fn rounds(&mut self) -> u64 {
        for _ in 0..4 {
            round(&mut self.v);
        }
        let [v0, v1, v2, v3] = self.v;
        v0 ^ v1 ^ v2 ^ v3
    }
}

fn round([v0, v1, v2, v3]: &mut [u64; 4]) {
    *v0 = v0.wrapping_add(*v1);
    *v1 = v1.rotate_left(13) ^ *v0;
    *v0 = v0.rotate_left(32);
    *v2 = v2.wrapping_add(*v3);
    *v3 = v3.rotate_left(16) ^ *v2;
    *v0 = v0.wrapping_add(*v3);
    *v3 = v3.rotate_left(21) ^ *v0;
    *v2 = v2.wrapping_add(*v1);
    *v1 = v1.rotate_left(17) ^ *v2;
    *v2 = v2.rotate_left(32);
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// The key 00 01 … 0f and the first bytes of 00 01 02 …, as in the
    /// authors' test vectors.
    fn vector(length: u8) -> [u8; 16] {
        let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        let mut sip = Sip::new(key);
        sip.add(&(0..length).collect::<Vec<u8>>());
        sip.finish()
    }

    #[test]
    fn known_answers() {
        assert_eq!(u128::from_be_bytes(vector(0)), 0xa381_7f04_ba25_a8e6_6df6_7214_c755_0293);
        assert_eq!(u128::from_be_bytes(vector(1)), 0xda87_c1d8_6b99_af44_3476_5911_9b22_fc45);
        assert_eq!(u128::from_be_bytes(vector(2)), 0x8177_228d_a4a4_5dc7_fca3_8bde_f60a_ffe4);
    }

    #[test]
    fn pieces_hash_as_the_whole() {
        let mut sip = Sip::new([0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908]);
        for byte in 0..8 {
            sip.add(&[byte]);
        }
        assert_eq!(sip.finish(), vector(8));
    }
}
