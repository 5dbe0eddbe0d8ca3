# Principal components of mtcars, of which the first has 0.93 of the variance and the last 2e-6.
source("common.R")
cars <- data_set("mtcars")[, c("mpg", "cyl", "disp", "hp", "drat", "wt", "qsec", "vs", "am", "gear", "carb")]

# The largest loading in magnitude is positive.
components <- function(p) {
	r <- apply(p$rotation, 2, function(v) v * sign(v[which.max(abs(v))]))
	list(variance = p$sdev^2, sdev = p$sdev, rotation = unname(r), nobs = nrow(p$x))
}

reference("components", components(prcomp(cars)), "model")
reference("scaled", components(prcomp(cars, scale. = TRUE)), "model")
write_reference()
