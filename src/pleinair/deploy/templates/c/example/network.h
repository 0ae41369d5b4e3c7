/* What @MODEL@ takes beside a picture: how much of each style, and where it can be chosen its
 * strength and how much of the photo's own colours stays, of 0 to 1. */
enum { STYLES = @ROWS@, INPUTS = @COUNT@ };

static const char* const styles[STYLES] = {
@STYLES@
};

static float style[STYLES]@VALUES@;

static const pl_tensor inputs[INPUTS + 1] = {
@INPUTS@
    {0},
};
