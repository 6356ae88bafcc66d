//! Presets of networks and names for `network_block`, each with its source.

/// A named set of networks and domain names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct NetworkPreset {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub description: &'static str,
    /// Addresses and networks.
    pub networks: &'static [&'static str],
    /// Domain names.
    pub domains: &'static [&'static str],
}

/// Every preset, by name.
pub const NETWORK_PRESETS: &[NetworkPreset] = &[NetworkPreset {
    name: "cloud-metadata",
    description: "The instance and container metadata services of cloud providers, which hand \
                  out credentials.",
    networks: &[
        // AWS EC2, Azure, Google Cloud, Oracle Cloud, DigitalOcean, OpenStack.
        "169.254.169.254",
        // AWS EC2 over IPv6.
        "fd00:ec2::254",
        // AWS ECS task credentials.
        "169.254.170.2",
        // AWS EKS pod identity.
        "169.254.170.23",
        "fd00:ec2::23",
        // Alibaba Cloud.
        "100.100.100.200",
        // Oracle Cloud, the older address.
        "192.0.0.192",
        // Google Cloud over IPv6.
        "fd20:ce::254",
        // OpenStack over IPv6.
        "fe80::a9fe:a9fe",
        // Scaleway.
        "169.254.42.42",
        "fd00:42::42",
        // Tencent Cloud.
        "169.254.0.23",
    ],
    domains: &[
        "metadata.google.internal",
        "metadata.goog",
        "metadata.azure.internal",
        "metadata.tencentyun.com",
    ],
}];

/// The preset of a name.
pub fn network_preset(name: &str) -> Option<&'static NetworkPreset> {
    NETWORK_PRESETS.iter().find(|preset| preset.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{domain, network};

    #[test]
    fn every_entry_is_understood() {
        for preset in NETWORK_PRESETS {
            assert!(preset.networks.iter().all(|text| network::parse(text).is_ok()));
            assert!(preset.domains.iter().all(|text| domain::parse(text).is_ok()));
        }
    }
}
