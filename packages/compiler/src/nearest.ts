/** The one of `names` that was probably meant by `name`; `undefined` if none is like it. */
export function nearest(name: string, names: readonly string[]): string | undefined {
	let best: string | undefined;
	// One slip in three letters is still a slip.
	let least = Math.max(1, Math.floor(name.length / 3)) + 1;
	for (const candidate of names) {
		const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
		if (distance < least) [best, least] = [candidate, distance];
	}
	return best;
}

/** How many letters must be added, left out, replaced or swapped with their neighbour (Damerau and Levenshtein). */
function editDistance(a: string, b: string): number {
	let beforeLast: number[] = [];
	let last = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (let i = 1; i <= a.length; i++) {
		const row = [i];
		for (let j = 1; j <= b.length; j++) {
			const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
			let cost = Math.min(replaced, last[j]! + 1, row[j - 1]! + 1);
			if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
				cost = Math.min(cost, beforeLast[j - 2]! + 1);
			row.push(cost);
		}
		[beforeLast, last] = [last, row];
	}
	return last[b.length]!;
}
