//! The languages that a user reads, and what a client says of itself in them.

use crate::harness::{Browser, Provider, RelyingParty, http};
use serde_json::json;

#[tokio::test]
async fn what_a_client_says_of_itself_is_shown_in_a_language_that_the_user_reads() {
    let provider = Provider::open_to_all().await;
    let metadata = json!({
        "client_name": "Weather",
        "client_name#ja": "天気",
        "client_name#fr-CA": "Météo",
        "policy_uri": "https://app.example/policy",
        "policy_uri#ja": "https://ja.app.example/policy",
    });
    let client = RelyingParty::register_as(&provider, metadata).await;
    let token = [("response_type", "token"), ("scope", "openid")];
    for (ui_locales, accept_language, name, policy_host) in [
        ("", "", "<bdi>Weather</bdi>", "app.example"),
        ("ja", "", r#"<bdi lang="ja">天気</bdi>"#, "ja.app.example"),
        ("de ja-JP", "fr-CA", r#"<bdi lang="ja">天気</bdi>"#, "ja.app.example"),
        ("fr-CA", "ja", r#"<bdi lang="fr-CA">Météo</bdi>"#, "ja.app.example"),
        ("", "de, ja;q=0.4", r#"<bdi lang="ja">天気</bdi>"#, "ja.app.example"),
        ("", "fr", "<bdi>Weather</bdi>", "app.example"),
        ("not a language!", "<script>", "<bdi>Weather</bdi>", "app.example"),
    ] {
        let url = client.url(&[&token[..], &[("ui_locales", ui_locales)]].concat());
        let mut browser = Browser::new(&provider);
        let login = browser.page(&url).await;
        let consent = browser.sign_in(&login).await.page();
        for (page, is_consent) in [(login, false), (consent, true)] {
            let request = http().get(page.url.clone()).header("accept-language", accept_language);
            let cookies: Vec<_> =
                browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let response = request.header("cookie", cookies.join("; ")).send().await.unwrap();
            let html = response.text().await.unwrap();
            assert!(html.contains(name), "{ui_locales} {accept_language}: {html}");
            // The page itself is in English, whatever the client's texts are in.
            assert!(html.contains(r#"<html lang="en">"#));
            assert!(!html.contains("<script"));
            if is_consent {
                let link =
                    format!(r#"privacy policy is at <a href="https://{policy_host}/policy" "#);
                assert!(html.contains(&link), "{ui_locales} {accept_language}: {html}");
                let shown = format!("><bdi>{policy_host}</bdi></a>");
                assert!(html.contains(&shown), "{ui_locales} {accept_language}: {html}");
            }
        }
    }
}
