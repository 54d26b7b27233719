// The shop's colour, made to keep words readable whatever was chosen.

const LEAST_CONTRAST = 4.5; // WCAG 2.2 AA for text
const DARKEST_GROUND = "#e6e3da"; // of those on which words in the colour stand

function luminance(colour) {
  const [red, green, blue] = channels(colour).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function channels(colour) {
  return [1, 3, 5].map((start) => parseInt(colour.slice(start, start + 2), 16));
}

/** Black or white, whichever reads better on the colour. */
function inkOn(colour) {
  return contrast(colour, "#ffffff") >= contrast(colour, "#111111") ? "#ffffff" : "#111111";
}

/** The colour, darkened until words in it can be read on all of our grounds. */
function readable(colour) {
  let shade = colour;
  while (contrast(shade, DARKEST_GROUND) < LEAST_CONTRAST) {
    const darker = channels(shade).map((value) =>
      Math.floor(value * 0.92)
        .toString(16)
        .padStart(2, "0"),
    );
    shade = `#${darker.join("")}`;
  }
  return shade;
}
