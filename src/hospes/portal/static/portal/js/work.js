/** A small work that a flood of forms could not afford: a number whose hash with the token begins with zeros. */

/** Find the number as text; an empty text where the browser has no crypto (a page without TLS). */
export async function work(token, bits) {
  if (!globalThis.crypto?.subtle) return "";
  const encoder = new TextEncoder();
  const limit = 2 ** (32 - bits);
  for (let number = 0; number < 5_000_000; number++) {
    const digest = await crypto.subtle.digest("SHA-256", encoder.encode(`${token}:${number}`));
    if (new DataView(digest).getUint32(0) < limit) return String(number);
    if (number % 500 === 499) await new Promise((resolve) => setTimeout(resolve));
  }
  return "";
}
