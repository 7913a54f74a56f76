/** How what generators of another library yield is told, what it is called, and what bridges it. */
const LIBRARIES: readonly (readonly [member: string, what: string, mend: string])[] = [
	["~effect/Effect", "an effect of Effect", "fromEffect(…) of @holdfast/interop/effect"],
	["@@redux-saga/IO", "an effect of redux-saga", "fromSaga(…) of @holdfast/interop/redux-saga"],
	["enter", "an operation of Effection", "fromOperation(…) of @holdfast/interop/effection"],
];

/** What a generator has yielded to the wrong runner, and how it is awaited; `undefined` for what no known library yields. */
export function ofAnotherLibrary(value: unknown): { readonly what: string; readonly mend: string } | undefined {
	if (typeof value !== "object" || value === null) return undefined;
	const [, what, mend] = LIBRARIES.find(([member]) => member in value) ?? [];
	return what === undefined || mend === undefined ? undefined : { what, mend };
}
