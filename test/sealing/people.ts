import fc from "fast-check";

/** Invented numbers of invented people, in the forms that real ones have. */

const digits = (length: number) =>
  fc.array(fc.nat(9), { minLength: length, maxLength: length }).map((all) => all.join(""));
const two = (least: number, most: number) =>
  fc.integer({ min: least, max: most }).map((number) => String(number).padStart(2, "0"));
const province = fc.constantFrom("11", "21", "32", "33", "35", "51", "64", "73", "91");
const running = fc.integer({ min: 1, max: 9999 }).map((number) => String(number).padStart(4, "0"));

export const nik = fc
  .tuple(province, two(1, 79), two(1, 30), two(1, 28), fc.boolean(), two(1, 12), two(0, 99), running)
  .map(([p, k, c, day, woman, month, year, last]) => {
    const born = String(Number(day) + (woman ? 40 : 0)).padStart(2, "0");
    return [p, k, c, born, month, year, last].join("");
  });

/** The check digit of the first eight, by Luhn. */
function checked(eight: string): string {
  for (let last = 0; last < 10; last++) {
    const nine = `${eight}${last}`;
    let sum = 0;
    for (let at = 8; at >= 0; at--) {
      const doubled = Number(nine[at]) * ((8 - at) % 2 === 0 ? 1 : 2);
      sum += doubled > 9 ? doubled - 9 : doubled;
    }
    if (sum % 10 === 0) return nine;
  }
  throw new Error("no digit checks");
}

/** 15 digits. */
export const npwp = fc
  .tuple(digits(8), digits(6))
  .filter(([eight]) => /[1-9]/.test(eight))
  .map(([eight, rest]) => checked(eight) + rest);

export const npwpWritten = npwp.map(
  (n) => `${n.slice(0, 2)}.${n.slice(2, 5)}.${n.slice(5, 8)}.${n[8]}-${n.slice(9, 12)}.${n.slice(12)}`,
);

export const nip = fc
  .tuple(
    fc.integer({ min: 1950, max: 2003 }),
    two(1, 12),
    two(1, 28),
    fc.integer({ min: 18, max: 40 }),
    two(1, 12),
    fc.constantFrom("1", "2"),
    fc.integer({ min: 1, max: 999 }),
  )
  .map(
    ([year, month, day, age, begun, sex, last]) =>
      `${year}${month}${day}${year + age}${begun}${sex}${String(last).padStart(3, "0")}`,
  );

export const mobile = fc
  .tuple(fc.constantFrom("0811", "0812", "0821", "0857", "0878", "0895"), fc.integer({ min: 6, max: 9 }))
  .chain(([start, more]) => digits(more).map((rest) => start + rest));

export const account = fc
  .tuple(fc.integer({ min: 10, max: 15 }))
  .chain(([length]) => digits(length))
  .filter((number) => /[1-9]/.test(number) && !/^(19|20)\d{6}$/.test(number));

/** What stands around a number in records. */
const words = fc.constantFrom(
  "Pemeliharaan berkala jalan Desa Sukamaju",
  "sesuai hasil klarifikasi",
  "<p>Pekerjaan selesai 100%</p>",
  "Belanja modal gedung (Tahap II)",
  "an. penyedia perorangan",
  "dibayar lunas tanggal 28-02-2025 sebesar Rp 13.827.270,00",
);
export const around = (number: fc.Arbitrary<string>, label = "") =>
  fc.tuple(words, number, words).map(([before, n, after]) => `${before} ${label}${n}, ${after}`);
