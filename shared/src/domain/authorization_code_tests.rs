use super::AuthorizationCode;
use crate::{
    clock::Timestamp,
    domain::{RefreshFamily, TOKEN_LIFETIMES},
};
use serde_json::json;

fn code(expires_at: i64) -> AuthorizationCode {
    let code = json!({
        "client_id": "client", "user_id": "usr_1", "redirect_uri": "https://app.example/cb",
        "scope": "openid", "auth_time": 0, "sid": "sid", "redeemable_until": 60,
        "expires_at": expires_at,
    });
    serde_json::from_value(code).unwrap()
}

fn family(expires_at: Option<i64>) -> RefreshFamily {
    let family = json!({
        "client_id": "client", "user_id": "usr_1", "revoked": false, "expires_at": expires_at,
    });
    serde_json::from_value(family).unwrap()
}

#[test]
fn it_is_kept_while_any_token_lives_that_came_with_it_or_of_it() {
    for (its_own, of_the_family, expected) in [(100, 200, 200), (200, 100, 200)] {
        let kept_until = code(its_own).kept_until(&family(Some(of_the_family)));
        assert_eq!(kept_until, Some(Timestamp(expected)));
    }
}

#[test]
fn it_is_kept_until_the_end_of_refresh_tokens_and_not_until_they_lie_idle() {
    for (idle_until, absolute_until) in
        [(Some(200), Some(9_000)), (None, Some(9_000)), (Some(200), None), (None, None)]
    {
        let mut family = family(Some(300));
        let refresh = json!({
            "generation": 0, "rotated_at": 0, "scope": "openid", "auth_time": 0,
            "idle_until": idle_until, "absolute_until": absolute_until,
        });
        family.refresh = serde_json::from_value(refresh).unwrap();
        let beyond = TOKEN_LIFETIMES.longest_access_token + TOKEN_LIFETIMES.clock_skew;
        let expected = absolute_until.map(|until| Timestamp(until) + beyond);
        assert_eq!(code(100).kept_until(&family), expected, "{idle_until:?} {absolute_until:?}");
    }
}
