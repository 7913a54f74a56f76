import { withCancelScope } from "holdfast";

/** `depth` scopes, one inside the other; `entering` gets each, `bottom` runs in the innermost. */
export async function nest(counts, depth, entering, bottom) {
	return await withCancelScope(async (scope) => {
		counts.entered++;
		entering(scope, depth);
		try {
			return depth === 1 ? await bottom() : await nest(counts, depth - 1, entering, bottom);
		} finally {
			counts.left++;
		}
	});
}
