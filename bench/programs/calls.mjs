export async function leaf(x) {
	return x + 1;
}

/** Awaits that never suspend, two levels deep: one unit is one await. */
async function middle(x) {
	return (await leaf(x)) - 1 + (await leaf(0));
}

export async function loop(n) {
	let total = 0;
	for (let i = 0; i < n; i += 3) {
		total = await middle(total);
	}
	return total;
}
