// The crossings stand beside the adapters: both have to take the same copy of each neighbour.
const { crossings } = await import(new URL("../../packages/interop/bench/crossings.mjs", import.meta.url).href);

/** "native" is the neighbour's own operation, without Holdfast. */
export default crossings.map(([name, neighbour, alone, through]) => ({
	work: `interop: ${name}`,
	unit: "crossing",
	native: neighbour,
	contestants: {
		native: () => ({ run: alone }),
		"holdfast-generators": () => ({ run: through }),
	},
}));
