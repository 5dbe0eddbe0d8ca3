# Covariances, correlations and principal components of iris.
source("common.R")
iris <- data_set("iris")
x <- iris[, 1:4]

# The largest loading in magnitude is positive.
components <- function(p) {
	r <- apply(p$rotation, 2, function(v) v * sign(v[which.max(abs(v))]))
	list(variance = p$sdev^2, sdev = p$sdev, rotation = unname(r), nobs = nrow(p$x))
}

reference("covariances", unname(cov(x)))
reference("correlations", unname(cor(x)))
reference("test", tidy_test(cor.test(x$Sepal.Length, x$Sepal.Width), unname(cor(x$Sepal.Length, x$Sepal.Width))))
reference("components", components(prcomp(x)), "model")
reference("scaled", components(prcomp(x, scale. = TRUE)), "model")
reference("three", prcomp(x[, c(1, 2, 4)] * 1000)$sdev, "model")
reference("one", array(prcomp(x[, 1])$sdev), "model")
reference("constant", matrix(c(1, NA, NA, NA), 2))
write_reference()
