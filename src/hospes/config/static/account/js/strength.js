/** How hard a password is to guess, roughly: 0 too short, 1 weak, 2 good, 3 very good. The server has the last word. */

export function strengthOf(password) {
  const letters = [...password];
  if (letters.length < 10) return 0;
  const different = new Set(letters.map((letter) => letter.toLowerCase())).size;
  const kinds = [/\p{Ll}|\p{Lo}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}]/u].filter((kind) => kind.test(password)).length;
  if (different < 6 || /^(.{1,4})\1+$/.test(password) || /^\p{Nd}+$/u.test(password)) return 1;
  return different + letters.length / 2 + kinds * 2 >= 24 ? 3 : 2;
}
