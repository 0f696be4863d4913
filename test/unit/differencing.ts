// What can be computed from figures by adding and subtracting them, and whose it is.

/**
 * Some of `people`, fewer than `least`, of whom alone something can be computed that is not nothing: a sum of the figures with
 * some factors, in which every task of the others is cancelled out. undefined: there are none.
 *
 * @param figures each the tasks that it is of, a bit each
 * @param owners whose each task is, by its bit
 */
export function toldApart(
  figures: Iterable<number>,
  owners: readonly string[],
  least: number,
): readonly string[] | undefined {
  const rows = [...new Set(figures)].filter((figure) => figure !== 0).map((figure) => vectorOf(figure, owners.length));
  const basis = echelon(rows);
  const seen = [...new Set(owners)];
  return groupsOf(seen, least - 1).find((group) => {
    const others = owners.flatMap((owner, bit) => (group.includes(owner) ? [] : [bit]));
    // A combination that is nothing on all others, and something on these: without these, the figures have one dimension less.
    return echelon(basis.map((row) => others.map((bit) => row[bit] ?? 0))).length < basis.length;
  });
}

/** Combinations are looked for modulo a prime, whose products a number holds exactly. */
const PRIME = 67_108_859;

type Row = readonly number[];

function vectorOf(figure: number, length: number): Row {
  return Array.from({ length }, (_, bit) => Math.floor(figure / 2 ** bit) % 2);
}

/** As many rows as the given ones have dimensions, each beginning where no other does. */
function echelon(rows: readonly Row[]): readonly Row[] {
  const basis: { readonly first: number; readonly row: Row }[] = [];
  for (const given of rows) {
    let row = given;
    for (const { first, row: known } of basis) {
      const factor = row[first] ?? 0;
      if (factor !== 0) row = row.map((value, place) => modulo(value - factor * (known[place] ?? 0)));
    }
    const first = row.findIndex((value) => value !== 0);
    if (first < 0) continue;
    const inverse = power(row[first] ?? 0, PRIME - 2);
    basis.push({ first, row: row.map((value) => modulo(value * inverse)) });
  }
  return basis.map(({ row }) => row);
}

function modulo(value: number): number {
  return ((value % PRIME) + PRIME) % PRIME;
}

function power(base: number, exponent: number): number {
  let [result, square, left] = [1, base, exponent];
  while (left > 0) {
    if (left % 2 === 1) result = modulo(result * square);
    square = modulo(square * square);
    left = Math.floor(left / 2);
  }
  return result;
}

/** All groups of so many. */
function groupsOf(people: readonly string[], size: number): readonly (readonly string[])[] {
  if (size === 0) return [[]];
  return people.flatMap((person, place) =>
    groupsOf(people.slice(place + 1), size - 1).map((rest) => [person, ...rest]),
  );
}
