/* The styles of @MODEL@ that this project offers, and which number of its input "style" is whose. */
enum { STYLE_ROWS = @ROWS@ };

static const struct {
  const char* name;
  int row;
} styles[] = {
@STYLES@
};
