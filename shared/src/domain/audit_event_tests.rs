use super::LogId;
use crate::{clock::Timestamp, entropy::SystemEntropy};

#[test]
fn an_id_tells_its_day_and_is_in_the_order_of_time() {
    let mut last = String::new();
    for (now, day) in [
        (0, 0),
        (86_399, 0),
        (86_400, 1),
        (1_795_500_000, 20_781),
        (i64::from(u32::MAX) * 8, 397_682),
    ] {
        let id = LogId::generate(Timestamp(now), &SystemEntropy);
        assert_eq!(id.as_str().len(), 26);
        assert_eq!(id.day(), day, "{now}");
        assert!(id.as_str() > last.as_str(), "{now}");
        last = id.as_str().to_owned();
    }
}

#[test]
fn ids_of_one_moment_are_spread_over_all_partitions() {
    let id = |_| LogId::generate(Timestamp(1_795_500_000), &SystemEntropy);
    let ids: Vec<_> = (0..1_000).map(id).collect();
    for shard in 0..LogId::SHARDS {
        let count = ids.iter().filter(|id| id.shard() == shard).count();
        assert!((150..=350).contains(&count), "{shard}: {count}");
    }
}

#[test]
fn only_an_id_is_taken_for_one() {
    let id = LogId::generate(Timestamp(1_795_500_000), &SystemEntropy);
    assert_eq!(LogId::parse(id.as_str()), Some(id.clone()));
    for text in ["", "0", "#", &id.as_str().to_lowercase(), &format!("{}0", id.as_str())] {
        assert_eq!(LogId::parse(text), None, "{text}");
    }
}
