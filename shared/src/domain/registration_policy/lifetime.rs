//! Spans of time as the settings write them: whole seconds.

/// Seconds, and no more to it.
pub(super) mod seconds {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::time::Duration;

    pub(in super::super) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(duration.as_secs())
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}

/// Seconds, of which none at all mean that there is no end.
pub(super) mod zero_is_for_ever {
    use serde::{Deserialize, Deserializer, Serializer};
    use std::time::Duration;

    #[expect(clippy::ref_option, reason = "serde calls it like this")]
    pub(in super::super) fn serialize<S: Serializer>(
        lifetime: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(lifetime.map_or(0, |lifetime| lifetime.as_secs()))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let seconds = u64::deserialize(deserializer)?;
        Ok((seconds > 0).then(|| Duration::from_secs(seconds)))
    }
}
