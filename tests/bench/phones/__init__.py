"""Parts of `./grid bench phone`: many phones at once, one phone after a week, the program on a slow line."""
