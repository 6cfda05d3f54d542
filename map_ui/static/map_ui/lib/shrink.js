// @ts-check
/** Photos made small in the browser before they travel. */
import Compressor from "compressorjs";

const LONGEST_PX = 2048;
const QUALITY = 0.8;

/**
 * A JPEG of at most LONGEST_PX with its EXIF kept. What the browser cannot decode (HEIC on some) goes as it is.
 * @param {File} file
 * @returns {Promise<Blob>}
 */
export function shrink(file) {
  if (!file.type.startsWith("image/")) return Promise.reject(new Error("not an image"));
  return new Promise((resolve, reject) => {
    new Compressor(file, {
      quality: QUALITY, maxWidth: LONGEST_PX, maxHeight: LONGEST_PX, mimeType: "image/jpeg", retainExif: true,
      success: resolve,
      error: (/** @type {Error} */ error) => (/hei[cf]/.test(file.type) ? resolve(file) : reject(error)),
    });
  });
}
