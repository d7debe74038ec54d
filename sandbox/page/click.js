// What every block element needs: its identity in the page, and the way to tell the app that it was used.
// `ctx` says where an element stands: {place, container, blocks, kept, errors?, submit?}.

import { idFor } from "./dom.js";
import { confirmed } from "./overlay.js";
import { collect } from "./values.js";
import { act } from "./wire.js";

export const fieldId = (ctx, block, element) => idFor(`${ctx.place}|${block.block_id}|${element.action_id}`);

/** Tells the app: `chosen` is the element's new value, `values` all inputs of the surface. */
export async function click(ctx, block, element, chosen) {
  if (!(await confirmed(element.confirm))) return;
  const values = collect(ctx.place, ctx.blocks, ctx.kept);
  await act("click", {
    container: ctx.container,
    block_id: block.block_id,
    action_id: element.action_id,
    chosen,
    values,
  });
}

export const words = (object) => object?.text ?? "";

export function hooks(element, block, ctx) {
  return { "data-action-id": element.action_id, key: `${ctx.place}|${block.block_id}|${element.action_id}` };
}
