/**
 * A handler like a server's: three levels, ten reads of a store, a try/finally, a loop. `store.every` decides how
 * many of the reads suspend, `store.pause` how.
 */
async function read(store, key) {
	store.reads++;
	if (store.reads % store.every === 0) {
		store.suspensions++;
		await store.pause();
	}
	return store.values[key & 255];
}

async function authenticate(store, id) {
	const session = await read(store, id);
	const user = await read(store, session);
	return { id, user };
}

async function permissions(store, identity) {
	const role = await read(store, identity.user);
	const overrides = await read(store, role);
	return role > 127 || overrides > 127;
}

async function items(store, identity) {
	let sum = 0;
	for (let i = 0; i < 5; i++) {
		sum += await read(store, identity.user + i);
	}
	return sum;
}

async function handle(store, id) {
	store.open++;
	try {
		const identity = await authenticate(store, id);
		const allowed = await permissions(store, identity);
		const sum = await items(store, identity);
		const footer = await read(store, sum);
		return allowed ? sum + footer : footer;
	} finally {
		store.open--;
		store.handled++;
	}
}

export async function serve(store, n) {
	for (let i = 0; i < n; i++) {
		store.sum += await handle(store, i);
	}
	return store.handled;
}
