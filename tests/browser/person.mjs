// What a person sees and does on the provider's pages.

/** The sign-in page, the consent page, the error page: each is known by its heading. */
export const loginPage = (page) => page.getByRole("heading", { name: "Sign in" });
export const consentPage = (page) => page.getByRole("heading", { name: "Allow access?" });
export const errorPage = (page) => page.getByRole("heading", { name: "This did not work" });

export const signInButton = (page) => page.getByRole("button", { name: "Sign in" });
export const allowButton = (page) => page.getByRole("button", { name: "Allow", exact: true });
export const refuseButton = (page) => page.getByRole("button", { name: "Don't allow" });

export async function fillIn(page, { email, password }) {
  await page.getByLabel("Email address").fill(email);
  await page.getByLabel("Password").fill(password);
}

export async function signIn(page, user) {
  await fillIn(page, user);
  await signInButton(page).click();
}

/** Signs in, and agrees. */
export async function signInAndAllow(page, user) {
  await signIn(page, user);
  await allowButton(page).click();
}
