// A picture has to fit into a request: a photograph of a telephone has ten times as many bytes as its QR code needs.
const mostBytes = 400_000;
const longestSide = 1600;

export type Given = { text: string } | { image: string };

/** What a file holds: a picture as base64, smaller where it is large; anything else as text. */
export async function readGiven(file: File): Promise<Given> {
  if (!file.type.startsWith("image/")) return { text: await file.text() };
  const small = file.size <= mostBytes && /^image\/(png|jpeg)$/.test(file.type);
  return { image: await base64(small ? file : await shrink(file)) };
}

async function shrink(file: File): Promise<Blob> {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, longestSide / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(bitmap.width * scale);
  canvas.height = Math.round(bitmap.height * scale);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return await new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", 0.85);
  });
}

async function base64(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (const b of bytes) text += String.fromCharCode(b);
  return btoa(text);
}
